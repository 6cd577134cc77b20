import { describe, expect, it, vi } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { InvalidDocumentError } from '../../src/check/problem.ts';
import type { Registry } from '../../src/webhooks/registry.ts';
import type { Rules, RulesChange, RulesStatus } from '../../src/webhooks/rules.ts';
import { webhookDocument } from '../support/rules.ts';

/** Rules that are open, with what hangs on them. */
export interface OpenedRules {
  readonly rules: Rules;
  readonly registry: Registry;
  /** What `onChange` was told, in order. */
  readonly statuses: readonly RulesStatus[];
}

/** How the contract gets at a kind of rules. */
export interface RulesHarness {
  readonly kind: RulesStatus['kind'];
  /** A new place with these rules in it; gives what opens the rules of that place, any number of times. */
  readonly place: (document: object) => () => Promise<OpenedRules>;
}

/** A change has to be in force everywhere within a second; a busy machine may take longer. */
const PATIENCE = { timeout: 20_000, interval: 20 };

const [A, B] = [webhookDocument({ id: 'a' }), webhookDocument({ id: 'b' })];

function adding(id: string): RulesChange<string> {
  return (webhooks) => ({ webhooks: [...webhooks, webhookDocument({ id })], result: id });
}

function idsOf({ registry }: OpenedRules): string[] {
  return [...registry.webhooks.keys()];
}

/** What `src/webhooks/rules.ts` promises, for one kind of rules. */
export function describeRules(name: string, harness: RulesHarness): void {
  describe(name, () => {
    describeOpening(harness);
    describeEdits(harness);
    describeFailing(harness);
    describeSharing(harness);
  });
}

function describeOpening({ kind, place }: RulesHarness): void {
  it('are in force when they are open, and say where they are kept', async () => {
    const { rules, registry, statuses } = await place({ webhooks: [A, B] })();
    expect([...registry.webhooks.values()].map(({ document }) => document)).toEqual([A, B]);
    expect(rules.status).toMatchObject({
      kind,
      errors: [],
      warnings: [],
      loadedAt: expect.any(Date) as Date,
    });
    expect(rules.status.path).not.toBe('');
    expect(statuses.at(-1)).toBe(rules.status);
  });

  it('are as their editors wrote them: members, order, connections', async () => {
    const document = {
      $schema: '../schemas/rules.schema.json',
      webhooks: [
        {
          url: 'https://example.com/b',
          name: 'B\u0000\u001aé📞',
          id: 'b',
          connection: 'crm',
          meta: { n: 1.5 },
        },
        { name: 'No id', url: 'https://example.com/a' },
      ],
      connections: { crm: { concurrency: 3 } },
    };
    const open = place(document);
    const first = await open();
    expect(JSON.stringify(first.rules.document)).toBe(JSON.stringify(document));
    expect(idsOf(first)).toEqual(['b', 'no-id']);
    expect(first.registry.webhooks.get('b')?.connection).toEqual({ name: 'crm', concurrency: 3 });
    expect(first.rules.status.warnings.map(({ pointer }) => pointer)).toContain('/webhooks/1/conditions');
    await first.rules.edit((webhooks) => ({ webhooks: webhooks.toReversed(), result: undefined }));
    const again = await open();
    expect(idsOf(again)).toEqual(['no-id', 'b']);
    expect(JSON.stringify(again.rules.document)).toBe(JSON.stringify(first.rules.document));
  });

  it('say what is wrong or surprising in others, and leave those alone', async () => {
    const { rules, registry } = await place({ webhooks: [A] })();
    const problems = rules.problemsOf({ webhooks: [{ id: 'c', name: 'C', url: 'nowhere' }] });
    expect(problems).toMatchObject([
      { severity: 'error', pointer: '/webhooks/0/url' },
      { severity: 'warning', pointer: '/webhooks/0/conditions' },
    ]);
    expect([...registry.webhooks.keys()]).toEqual(['a']);
  });
}

function describeEdits({ place }: RulesHarness): void {
  it('are in force and kept when an edit is answered', async () => {
    const open = place({ webhooks: [A] });
    const opened = await open();
    expect(await opened.rules.edit(adding('b'))).toBe('b');
    expect(idsOf(opened)).toEqual(['a', 'b']);
    expect(opened.rules.document.webhooks).toEqual([A, B]);
    expect(idsOf(await open())).toEqual(['a', 'b']);
  });

  it('are handed to an edit with their connections', async () => {
    const { rules } = await place({ webhooks: [A], connections: { crm: {} } })();
    const seen = await rules.edit((webhooks, connections) => ({ webhooks, result: [webhooks, connections] }));
    expect(seen).toEqual([[A], { crm: {} }]);
    expect(rules.document.connections).toEqual({ crm: {} });
  });

  it('are replaced as a whole', async () => {
    const open = place({ webhooks: [A], connections: { crm: {} } });
    const opened = await open();
    await opened.rules.replace((before) => {
      expect(before).toEqual({ webhooks: [A], connections: { crm: {} } });
      return { $schema: 'x', webhooks: [B] } as unknown as JsonValue;
    });
    expect(idsOf(opened)).toEqual(['b']);
    expect((await open()).rules.document).toEqual({ $schema: 'x', webhooks: [B] });
  });

  it('are edited one after another, each edit on what the one before left', async () => {
    const opened = await place({ webhooks: [] })();
    const ids = Array.from({ length: 10 }, (_, n) => `w${n}`);
    expect(await Promise.all(ids.map((id) => opened.rules.edit(adding(id))))).toEqual(ids);
    expect(idsOf(opened)).toEqual(ids);
  });
}

function describeFailing({ place }: RulesHarness): void {
  it.each<[string, (rules: Rules) => Promise<unknown>, RegExp | typeof InvalidDocumentError]>([
    [
      'would have an error',
      (rules) => rules.edit(() => ({ webhooks: [{ ...A, url: 'nowhere' }], result: '' })),
      /\/webhooks\/0\/url.*is not a url/,
    ],
    ['would have an id twice', (rules) => rules.edit(adding('a')), InvalidDocumentError],
    ['are replaced by no rules', (rules) => rules.replace(() => ({})), InvalidDocumentError],
    [
      'are edited by what throws',
      (rules) =>
        rules.edit(() => {
          throw new RangeError('no such webhook');
        }),
      /^no such webhook$/,
    ],
  ])('that %s stay as they were', async (_what, change, error) => {
    const open = place({ webhooks: [A] });
    const opened = await open();
    await expect(change(opened.rules)).rejects.toThrow(error);
    expect(idsOf(opened)).toEqual(['a']);
    expect(opened.rules.status.errors).toEqual([]);
    expect((await open()).rules.document).toEqual({ webhooks: [A] });
    await opened.rules.edit(adding('later'));
    expect(idsOf(opened)).toEqual(['a', 'later']);
  });

  it('are not held up by an edit that is refused', async () => {
    const opened = await place({ webhooks: [A] })();
    const edits = ['b', 'b', 'c'].map((id) => opened.rules.edit(adding(id)));
    const outcomes = await Promise.allSettled(edits);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(idsOf(opened)).toEqual(['a', 'b', 'c']);
  });
}

function describeSharing({ place }: RulesHarness): void {
  it('are followed by others that have them open', async () => {
    const open = place({ webhooks: [A] });
    const [here, there] = [await open(), await open()];
    const told = there.statuses.length;
    await here.rules.edit(adding('b'));
    await vi.waitFor(() => {
      expect(idsOf(there)).toEqual(['a', 'b']);
    }, PATIENCE);
    expect(there.statuses.length).toBeGreaterThan(told);
    await there.rules.edit((webhooks) => ({ webhooks: webhooks.slice(1), result: undefined }));
    await vi.waitFor(() => {
      expect(idsOf(here)).toEqual(['b']);
    }, PATIENCE);
    expect(here.rules.document).toEqual(there.rules.document);
  });
}
