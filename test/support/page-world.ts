import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { vi } from 'vitest';
import type { Config } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { startRouter, type Router } from '../../src/main.ts';
import { loadVendors } from '../../src/package-files.ts';
import { configIn } from './app.ts';
import { Receiver } from './receiver.ts';

/** What the tests write of a webhook. */
export interface WrittenWebhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly [member: string]: unknown;
}

const LOCATOR_PATIENCE_MS = 15_000;
const PATIENCE = { timeout: 15_000, interval: 20 };

/** A whole router with a target and a browser before it. */
export class PageWorld {
  readonly router: Router;
  /** Where webhooks of tests send to. */
  readonly target: Receiver;
  /** What the browser complained about: errors of scripts, and what the page's own policy forbids. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #folder: string;

  private constructor(browser: Browser, router: Router, target: Receiver, folder: string) {
    this.#browser = browser;
    this.router = router;
    this.target = target;
    this.#folder = folder;
  }

  /** Starts a router without webhooks. */
  static async start(browser: Browser, settings: Partial<Config> = {}): Promise<PageWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'hookswitch-page-'));
    writeFileSync(join(folder, 'rules.json'), '{ "webhooks": [] }');
    const router = await startRouter({
      config: configIn(folder, settings),
      vendors: loadVendors(),
      log: makeLog('silent'),
      environment: {},
    });
    return new PageWorld(browser, router, await Receiver.start(), folder);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#browser.contexts().map((context) => context.close()));
    await this.router.stop();
    await this.target.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Opens the page at an address after `#/`, as a reader of its own. */
  async open(hash: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      locale: 'en-GB',
      timezoneId: 'Europe/London',
      ...options,
    });
    // Less than a test has, so that what is waited for in vain is named.
    context.setDefaultTimeout(LOCATOR_PATIENCE_MS);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content.Security.Policy|Refused to/i.test(message.text())) this.complaints.push(message.text());
    });
    await page.goto(`${this.router.adminUrl}/#/${hash}`);
    return page;
  }

  /** Edits the rules file by hand, and waits until that is in force. */
  async writeRules(...webhooks: readonly WrittenWebhook[]): Promise<void> {
    writeFileSync(join(this.#folder, 'rules.json'), JSON.stringify({ webhooks }, null, 2));
    await vi.waitUntil(async () => {
      const { data } = (await this.show('/webhooks')) as { data: readonly WrittenWebhook[] };
      const inForce = data.map(({ id, url, name }) => [id, url, name]);
      return JSON.stringify(inForce) === JSON.stringify(webhooks.map(({ id, url, name }) => [id, url, name]));
    }, PATIENCE);
  }

  /** Breaks the rules file by hand, and waits until that is known. */
  async breakRules(): Promise<void> {
    writeFileSync(join(this.#folder, 'rules.json'), '{');
    await vi.waitUntil(async () => {
      const { errorCount } = (await this.show('/rules/status')) as { errorCount: number };
      return errorCount > 0;
    }, PATIENCE);
  }

  /** The webhooks in the file. */
  writtenRules(): readonly WrittenWebhook[] {
    const text = readFileSync(join(this.#folder, 'rules.json'), 'utf8');
    return (JSON.parse(text) as { webhooks: readonly WrittenWebhook[] }).webhooks;
  }

  /** Hands a CDR in and gives its id. */
  async send(cdr: object): Promise<string> {
    const answer = await fetch(`${this.router.url}/cdr`, { method: 'POST', body: JSON.stringify(cdr) });
    // Of very many there are no ids.
    const { ids } = (await answer.json()) as { ids?: readonly string[] };
    return ids?.[0] ?? '';
  }

  /** Makes the newest delivery of a webhook again. */
  async redeliverOne(webhookId: string): Promise<void> {
    const { data } = (await this.show(`/deliveries?webhookId=${webhookId}&limit=1`)) as {
      data: readonly { readonly id: string }[];
    };
    await fetch(`${this.router.adminUrl}/api/v1/deliveries/${data[0]?.id ?? ''}/redeliver`, {
      method: 'POST',
    });
  }

  /** Waits until no delivery waits or is under way. */
  async settled(): Promise<void> {
    await vi.waitUntil(async () => {
      const { data } = (await this.show('/deliveries?state=pending,delivering')) as {
        data: readonly unknown[];
      };
      return data.length === 0;
    }, PATIENCE);
  }

  /** What the API answers. */
  async show(path: string): Promise<unknown> {
    return (await fetch(`${this.router.adminUrl}/api/v1${path}`)).json();
  }
}
