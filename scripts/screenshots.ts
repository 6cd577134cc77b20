import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { PACKAGE_FOLDER } from '../src/package-files.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { startDemoRouter } from './demo-router.ts';

/** Takes the pictures of the page that the documents show. Other folders than docs/images are named as argument. */
const [, , folder = join(PACKAGE_FOLDER, 'docs', 'images')] = process.argv;
const SIZE = { width: 1200, height: 780 };
const TELEPHONE = { width: 360, height: 740 };

/** What to take: a name, where it is, and what to do there first. */
interface Shot {
  readonly name: string;
  readonly hash: string;
  readonly size?: typeof SIZE;
  readonly isDark?: boolean;
  readonly prepare?: (page: Page) => Promise<unknown>;
}

const SHOTS: readonly Shot[] = [
  //{ name: 'overview', hash: '#/' },
  { name: 'webhooks', hash: '#/webhooks' },
  {
    name: 'editor',
    hash: '#/webhooks/missed-call-ticket',
    prepare: (page) => page.getByText(/this CDR would|^✕ No:/).waitFor(),
  },
  { name: 'deliveries', hash: '#/deliveries' },
  { name: 'delivery', hash: '#/deliveries?state=failed', prepare: openFirst },
  { name: 'cdrs', hash: '#/cdrs' },
  { name: 'cdr', hash: '#/cdrs', prepare: openCdr },
  { name: 'webhooks-dark', hash: '#/webhooks', isDark: true },
  { name: 'webhooks-telephone', hash: '#/webhooks', size: TELEPHONE },
];

async function openFirst(page: Page): Promise<void> {
  await page.getByRole('row').nth(1).getByRole('link').first().click();
  await page.getByRole('heading', { name: 'Attempts' }).waitFor();
}

async function openCdr(page: Page): Promise<void> {
  await openRow(page);
  await page.getByText('Why it matches, and why not').click();
  await page.getByText('does not match').first().waitFor();
}

async function openRow(page: Page): Promise<void> {
  await page.getByRole('row').nth(1).getByRole('link').first().click();
  await page.getByRole('heading', { name: 'Fields' }).waitFor();
}

async function take(browser: Browser, url: string, shot: Shot): Promise<void> {
  const { name, hash, size = SIZE, isDark = false, prepare } = shot;
  const page = await browser.newPage({
    viewport: size,
    colorScheme: isDark ? 'dark' : 'light',
    locale: 'en-GB',
    timezoneId: 'Europe/London',
  });
  await page.goto(`${url}/${hash}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('main table, main .tiles, main .form').first().waitFor();
  await prepare?.(page);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await page.close();
}

mkdirSync(folder, { recursive: true });
const browser = await launchBrowser();
if (typeof browser === 'string') throw new Error(browser);
const demo = await startDemoRouter();
try {
  for (const shot of SHOTS) await take(browser, demo.router.adminUrl, shot);
} finally {
  await browser.close();
  await demo.stop();
}
