import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import { loadVendors, PACKAGE_FOLDER } from '../../src/package-files.ts';
import { configIn, makeFolder, startTestRouter, writeRules } from '../support/app.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

/** A sample file, in which one call has been connected and another has not, as CallManager would have written it for other calls. */
function sample(name: string, offset: number): string {
  const text = readFileSync(join(PACKAGE_FOLDER, 'schemas/vendors/cisco/samples', name), 'utf8');
  return text
    .replaceAll(',73802,', `,${73_802 + offset},`)
    .replaceAll(',73803,', `,${73_803 + offset},`)
    .replaceAll(/"(\w{8}-\w{4}-\w{4}-\w{4}-\w{8})\w{4}"/g, `"$1${String(1_000 + offset)}"`);
}

/** A CDR with its legs, as the API shows it. */
interface ShownCall {
  readonly call: JsonObject;
  readonly cdr: { readonly legs: readonly Readonly<Record<string, string>>[] };
}

describe('CDR and CMR of CallManager, which come in files of their own', () => {
  test('become one CDR in whichever order they come, and a call without a CMR waits for one', async () => {
    const folder = makeFolder();
    const inbox = join(folder, 'in');
    writeRules(folder);
    const grouping = { by: '$call.group', isLast: undefined, waitMs: 3_600_000, maxLegs: 3 };
    const source = { name: 'cucm', vendor: loadVendors().get('cisco'), grouping };
    const router = await startTestRouter(
      configIn(folder, {
        sources: new Map([['cucm', source]]),
        folders: [{ path: inbox, source, pattern: 'c[dm]r_*', settleMs: 0, pollMs: 20, done: 'move' }],
      }),
    );
    const ask = async (path: string): Promise<unknown> => (await fetch(`${router.url}/api/v1${path}`)).json();
    const take = async (name: string, content: string): Promise<void> => {
      writeFileSync(join(inbox, `.${name}`), content);
      renameSync(join(inbox, `.${name}`), join(inbox, name));
      await vi.waitUntil(() => existsSync(join(inbox, 'done', name)), PATIENCE);
    };
    const listed = async (): Promise<{ id: string }[]> =>
      ((await ask('/cdrs')) as { data: { id: string }[] }).data;

    await take('cdr_ExampleCluster_01_202605121200_10', sample('cdr-file.csv', 0));
    await take('cmr_ExampleCluster_01_202605121200_10', sample('cmr-file-48-columns.csv', 0));
    await vi.waitUntil(async () => (await listed()).length === 1, PATIENCE);
    await take('cmr_ExampleCluster_01_202605121201_11', sample('cmr-file-48-columns.csv', 10));
    await take('cdr_ExampleCluster_01_202605121201_11', sample('cdr-file.csv', 10));
    await vi.waitUntil(async () => (await listed()).length === 2, PATIENCE);

    const calls = await Promise.all(
      (await listed()).map(async ({ id }) => (await ask(`/cdrs/${id}`)) as ShownCall),
    );
    const kinds = calls.map(({ cdr }) => cdr.legs.map((leg) => leg['cdrRecordType']).join(' '));
    expect(kinds).toEqual(['2 2 1', '1 2 2']);
    for (const { call, cdr } of calls) {
      expect(call).toMatchObject({ status: 'answered', from: '+15555550164', duration: 58 });
      expect(new Set(cdr.legs.map((leg) => leg['globalCallID_callId'])).size).toBe(1);
      const metrics = cdr.legs.map((leg) => leg['varVQMetrics']).filter((text) => text?.includes('CCR='));
      expect(metrics).toHaveLength(1);
    }
    expect(await ask('/held-calls')).toMatchObject({ total: 2, data: [{ legs: 1 }, { legs: 1 }] });
  });
});
