import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { InvalidDocumentError } from '../../src/check/problem.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { BrokenRulesError } from '../../src/webhooks/rules-errors.ts';
import type { RulesChange } from '../../src/webhooks/rules.ts';
import { querySchema } from '../support/postgres.ts';
import { makeRulesNode, openRulesNode, type RulesNode } from '../support/rules-table.ts';
import { webhookDocument } from '../support/rules.ts';
import { describePostgres, temporarySchema } from '../support/store-postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

function adding(id: string): RulesChange<string> {
  return (webhooks) => ({ webhooks: [...webhooks, webhookDocument({ id })], result: id });
}

function removing(id: string): RulesChange<undefined> {
  return (webhooks) => ({ webhooks: webhooks.filter((webhook) => webhook.id !== id), result: undefined });
}

function renaming(id: string, name: string): RulesChange<undefined> {
  return (webhooks) => ({
    webhooks: webhooks.map((webhook) => (webhook.id === id ? { ...webhook, name } : webhook)),
    result: undefined,
  });
}

function idsOf({ registry }: RulesNode): string[] {
  return [...registry.webhooks.keys()];
}

function inForce(node: RulesNode, ids: readonly string[]): Promise<void> {
  return vi.waitFor(() => {
    expect(idsOf(node)).toEqual(ids);
  }, PATIENCE);
}

function seedOf(...ids: string[]): object {
  return { webhooks: ids.map((id) => webhookDocument({ id })) };
}

describePostgres('rules in a table', (serverUrl) => {
  async function proxied(url: string): Promise<{ url: string; proxy: TcpProxy }> {
    const through = new URL(url);
    const proxy = await TcpProxy.open(Number(through.port) || 5432);
    onTestFinished(() => proxy.close());
    through.port = String(proxy.port);
    return { url: through.href, proxy };
  }

  it('are seeded once, by one of the nodes that start at once', async () => {
    const url = temporarySchema(serverUrl);
    const nodes = await Promise.all(['a', 'b', 'c'].map(() => makeRulesNode(url, seedOf('x', 'y'))));
    await Promise.all(nodes.map(({ rules }) => rules.open()));
    expect(nodes.flatMap(({ seedings }) => seedings).filter(Boolean)).toHaveLength(1);
    for (const node of nodes) expect(idsOf(node)).toEqual(['x', 'y']);
    expect(nodes[0]?.rules.status.path).not.toMatch(/test@/);
    expect(await querySchema(url, 'SELECT version FROM rules')).toEqual([{ version: '1' }]);
    await nodes[0]?.rules.edit(() => ({ webhooks: [], result: undefined }));
    expect(idsOf(await openRulesNode(url, seedOf('x', 'y')))).toEqual([]);
  });

  it('are refused at the start when the seed has an error, which is told with its file', async () => {
    const url = temporarySchema(serverUrl);
    const node = await makeRulesNode(url, { webhooks: [webhookDocument({ url: 'nowhere' })] });
    await expect(node.rules.open()).rejects.toThrow(/^rules\.json: error \/webhooks\/0\/url/);
    expect(await querySchema(url, 'SELECT version FROM rules')).toEqual([{ version: '0' }]);
  });

  it('that one node changes are in force on the others, whatever was changed', async () => {
    const url = temporarySchema(serverUrl);
    const [here, there] = [await openRulesNode(url, seedOf('a', 'b')), await openRulesNode(url)];
    await here.rules.edit(adding('c'));
    expect(idsOf(here)).toEqual(['a', 'b', 'c']);
    await inForce(there, ['a', 'b', 'c']);
    await there.rules.edit(removing('b'));
    await inForce(here, ['a', 'c']);
    await there.rules.edit((webhooks) => ({ webhooks: webhooks.toReversed(), result: undefined }));
    await inForce(here, ['c', 'a']);
    await here.rules.replace((before) => {
      return { ...before, connections: { crm: {} } } as unknown as JsonValue;
    });
    await vi.waitFor(() => {
      expect(there.rules.document.connections).toEqual({ crm: {} });
    }, PATIENCE);
    expect(JSON.stringify(there.rules.document)).toBe(JSON.stringify(here.rules.document));
  });

  it('that many nodes edit at once lose no edit', async () => {
    const url = temporarySchema(serverUrl);
    const nodes = [await openRulesNode(url), await openRulesNode(url)];
    const ids = Array.from({ length: 12 }, (_, n) => `w${n}`);
    await Promise.all(ids.map((id, n) => (nodes[n % 2] as RulesNode).rules.edit(adding(id))));
    const [{ count } = { count: '' }] = await querySchema(url, 'SELECT count(*) FROM webhooks');
    expect(count).toBe('12');
    const [first, second] = nodes as [RulesNode, RulesNode];
    await inForce(first, idsOf(await openRulesNode(url)));
    await inForce(second, idsOf(first));
    expect(idsOf(first).toSorted()).toEqual(ids.toSorted());
  });

  it('have only the rows rewritten, read and checked again that changed', async () => {
    const url = temporarySchema(serverUrl);
    const ids = Array.from({ length: 50 }, (_, n) => `w${n}`);
    const [here, there] = [await openRulesNode(url, seedOf(...ids)), await openRulesNode(url)];
    const before = new Map(there.registry.webhooks);
    await here.rules.edit(renaming('w7', 'Other'));
    await vi.waitFor(() => {
      expect(there.registry.webhooks.get('w7')?.name).toBe('Other');
    }, PATIENCE);
    const others = ids.filter((id) => there.registry.webhooks.get(id) !== before.get(id));
    expect(others).toEqual(['w7']);
    expect(await querySchema(url, 'SELECT id FROM webhooks WHERE version > 1')).toEqual([{ id: 'w7' }]);
  });

  it('that this version cannot use are told, change nothing, and are written over by nobody who does not know of them', async () => {
    const url = temporarySchema(serverUrl);
    const node = await openRulesNode(url, seedOf('a'));
    const confirmed = vi.spyOn(node.registry.departures, 'confirmed');
    const write = (document: object) =>
      querySchema(
        url,
        `WITH next AS (UPDATE rules SET version = version + 1 RETURNING version)
         UPDATE webhooks SET document = $1, version = next.version FROM next`,
        [JSON.stringify(document)],
      );
    await write(webhookDocument({ id: 'a', url: 'nowhere' }));
    await vi.waitFor(() => {
      expect(node.rules.status.errors).toMatchObject([{ pointer: '/webhooks/0/url' }]);
    }, PATIENCE);
    expect(node.registry.webhooks.get('a')?.url).toBe('https://example.com/hooks/cdr');
    // What only the newest rules know is not taken for gone.
    const told = confirmed.mock.calls.length;
    await expect(node.rules.edit(adding('b'))).rejects.toThrow(BrokenRulesError);
    const looked = node.rules.replace((_before, refused) => {
      throw new Error(`refused: ${refused?.webhooks[0]?.url ?? 'nothing'}`);
    });
    await expect(looked).rejects.toThrow('refused: nowhere');
    await expect(openRulesNode(url)).rejects.toThrow(InvalidDocumentError);
    expect(confirmed).toHaveBeenCalledTimes(told);
    await write(webhookDocument({ id: 'a', name: 'Mended' }));
    await vi.waitFor(() => {
      expect(node.rules.status.errors).toEqual([]);
    }, PATIENCE);
    expect(node.registry.webhooks.get('a')?.name).toBe('Mended');
    await vi.waitFor(() => {
      expect(confirmed.mock.calls.length).toBeGreaterThan(told);
    }, PATIENCE);
  });

  it('are followed by looking where the database cannot tell anybody', async () => {
    const url = temporarySchema(serverUrl);
    const { url: deafUrl, proxy } = await proxied(url);
    // A database that has neither answers that it does not know them.
    proxy.rewrite('LISTEN ', 'LSITEN ');
    proxy.rewrite('pg_notify', 'pg_notyet');
    const [here, there] = [await openRulesNode(deafUrl, seedOf('a')), await openRulesNode(deafUrl)];
    await here.rules.edit(adding('b'));
    const beganMs = performance.now();
    await inForce(there, ['a', 'b']);
    // It is looked twice a second; a busy machine takes longer.
    expect(performance.now() - beganMs).toBeLessThan(10_000);
    expect(here.rules.status.errors).toEqual([]);
  });

  it('stay in force while the database is away, refuse edits, and are followed again by themselves', async () => {
    const url = temporarySchema(serverUrl);
    const { url: proxiedUrl, proxy } = await proxied(url);
    const cut = await openRulesNode(proxiedUrl, seedOf('a'));
    const other = await openRulesNode(url);
    proxy.refuse();
    await expect(cut.rules.edit(adding('lost'))).rejects.toThrow(StoreUnavailableError);
    await other.rules.edit(adding('b'));
    expect(idsOf(cut)).toEqual(['a']);
    const confirmed = vi.spyOn(cut.registry.departures, 'confirmed');
    await wait(1_200);
    expect(confirmed).not.toHaveBeenCalled();
    proxy.accept();
    await inForce(cut, ['a', 'b']);
    await cut.rules.edit(adding('c'));
    await inForce(other, ['a', 'b', 'c']);
  });

  it('hear of changes again when the connection that listens was cut', async () => {
    const url = temporarySchema(serverUrl);
    const { url: proxiedUrl, proxy } = await proxied(url);
    let listens = 0;
    proxy.dropAnswerTo((sent) => {
      if (sent.includes('LISTEN')) listens += 1;
      return false;
    });
    const cut = await openRulesNode(proxiedUrl, seedOf('a'));
    const other = await openRulesNode(url);
    await vi.waitFor(() => {
      expect(listens).toBe(1);
    }, PATIENCE);
    proxy.cut();
    await vi.waitFor(() => {
      expect(listens).toBe(2);
    }, PATIENCE);
    await other.rules.edit(adding('b'));
    await inForce(cut, ['a', 'b']);
  });
});
