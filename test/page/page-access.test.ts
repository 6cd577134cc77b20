import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { PageWorld } from '../support/page-world.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** axe-core calculates for long where other things run beside it. */
const PATIENCE_MS = 90_000;
const TOKEN = 'a-token-of-the-tests-0123456789';

/** JSON without a place to break a line at. */
const LONG_ANSWER = JSON.stringify({ answer: 'x'.repeat(300), list: Array.from({ length: 40 }, () => 1) });

const browser = await launchBrowser();
const isMissing = typeof browser === 'string';

/** What axe-core found. */
interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** Serious and critical findings of axe-core on what is shown. */
async function seriousFindings(page: Page, rules: readonly string[]): Promise<string[]> {
  await page.evaluate(AXE);
  const options = JSON.stringify(rules.length === 0 ? {} : { runOnly: rules });
  const { violations } = await page.evaluate<{ violations: Violation[] }>(`axe.run(${options})`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe.skipIf(isMissing)(
  isMissing ? `the page for everybody (${browser})` : 'the page for everybody',
  () => {
    let world: PageWorld;
    /** Each view with something that it shows when it is there. */
    let views: readonly { readonly hash: string; readonly shows: string }[];

    beforeAll(async () => {
      if (isMissing) return;
      world = await PageWorld.start(browser);
      world.target.script = ({ path }) => ({ status: path === '/fails' ? 404 : 200, body: LONG_ANSWER });
      await world.writeRules(
        {
          id: 'works',
          name: 'A webhook with a name that is long enough to need more than one line on a telephone',
          url: `${world.target.url}/works?a-parameter=that-is-long-and-has-no-place-to-break-a-line-at-all-0123456789`,
          conditions: [{ '==': [{ var: 'status' }, 'missed'] }, { or: [{ var: 'a' }, { var: 'status' }] }],
          headers: { 'X-Team': 'front' },
          auth: { type: 'bearer', token: 'a-token-of-the-target' },
          successOn: [409],
        },
        {
          id: 'fails',
          name: 'Fails',
          url: `${world.target.url}/fails`,
          conditions: [],
          rateLimit: { requests: 9, perSeconds: 1 },
        },
      );
      const cdr = await world.send({ status: 'missed', 'a-long-name.of-a-field': 'x'.repeat(200) });
      await world.settled();
      const { data } = (await world.show('/deliveries?state=failed')) as { data: { id: string }[] };
      views = [
        { hash: '', shows: 'CDRs received' },
        { hash: 'webhooks', shows: 'Fails' },
        { hash: 'webhooks/works', shows: 'Yes, this CDR would hit it.' },
        { hash: 'new', shows: 'Create webhook' },
        { hash: 'deliveries', shows: 'failed' },
        { hash: `deliveries/${data[0]?.id ?? ''}`, shows: 'answered 404' },
        { hash: 'cdrs', shows: '2 webhooks' },
        { hash: `cdrs/${cdr}`, shows: 'a-long-name' },
      ];
    });

    afterEach(() => {
      expect(world.complaints).toEqual([]);
    });

    afterAll(async () => {
      if (isMissing) return;
      await world.stop();
      await browser.close();
    });

    /** Goes to each view with one page and tells what is found there. */
    async function inEachView(page: Page, look: () => Promise<readonly string[]>): Promise<string[]> {
      const found: string[] = [];
      for (const { hash, shows } of views) {
        await page.goto(`${world.router.adminUrl}/#/${hash}`);
        await page.locator('main').getByText(shows).filter({ visible: true }).first().waitFor();
        found.push(...(await look()).map((finding) => `#/${hash}: ${finding}`));
      }
      return found;
    }

    test.each([
      { colorScheme: 'light', rules: [] },
      // Only the colours are others.
      { colorScheme: 'dark', rules: ['color-contrast'] },
    ] as const)(
      'has nothing serious that axe-core finds, in $colorScheme',
      async ({ colorScheme, rules }) => {
        const page = await world.open('', { colorScheme });
        expect(await inEachView(page, () => seriousFindings(page, rules))).toEqual([]);
      },
      PATIENCE_MS,
    );

    test('needs no scrolling to the side on a screen of 360 pixels', async () => {
      const page = await world.open('', { viewport: { width: 360, height: 740 } });
      const tooWide = async (): Promise<readonly string[]> => {
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        return width <= 360 ? [] : [`${width} pixels wide`];
      };
      expect(await inEachView(page, tooWide)).toEqual([]);
    });

    test('shows what the keyboard comes to above the bar that saves', async () => {
      const page = await world.open('webhooks/works', { viewport: { width: 360, height: 740 } });
      await page.getByLabel('Name', { exact: true }).focus();
      const hidden = await page.evaluate<string[]>(`(() => {
        const bar = document.querySelector('.save-bar');
        const controls = [...document.querySelectorAll('form.form :is(input, select, textarea, button, summary)')];
        return controls.filter((one) => !bar.contains(one) && one.checkVisibility()).flatMap((one) => {
          one.focus();
          const isBehind = one.getBoundingClientRect().bottom > bar.getBoundingClientRect().top;
          return isBehind && one.offsetHeight < 400 ? [one.outerHTML.slice(0, 80)] : [];
        });
      })()`);
      expect(hidden).toEqual([]);
    });

    test('asks for a token where one is needed, and lets out again', async () => {
      if (isMissing) return;
      const tokens = [{ name: 'tests', token: TOKEN, scopes: ['read', 'write'] as const }];
      const guarded = await PageWorld.start(browser, { access: { tokens, allowedHosts: [] } });
      try {
        const page = await guarded.open('webhooks');
        await page.getByLabel('API token').fill('a-wrong-token');
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.getByRole('alert').waitFor();
        await page.getByLabel('API token').fill(TOKEN);
        await page.getByRole('button', { name: 'Log in' }).click();
        await page.getByRole('link', { name: 'Make the first webhook' }).click();
        await page.getByLabel('Name', { exact: true }).fill('Behind a login');
        await page.getByLabel('Destination URL').fill(guarded.target.url);
        await page.getByRole('button', { name: 'Create webhook' }).click();
        await page.getByRole('heading', { name: 'Behind a login', level: 1 }).waitFor();
        await page.getByRole('button', { name: 'Log out' }).click();
        await page.getByLabel('API token').waitFor();
      } finally {
        await guarded.stop();
      }
    });
  },
);
