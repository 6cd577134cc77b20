import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadVendors } from '../../src/package-files.ts';
import { ANY_PORT, configIn, makeFolder, startTestRouter, writeRules } from '../support/app.ts';
import { recordedCall } from '../support/recorded-call.ts';

const AUDIO = Buffer.alloc(200_000, 'audio');

describe('a router that keeps recordings and is administered at an address of its own', () => {
  test('takes one where phone systems call, gives it at both addresses, and knows its links after a restart', async () => {
    const folder = makeFolder();
    writeRules(folder);
    const config = configIn(folder, {
      sources: new Map([['pbx', { name: 'pbx', vendor: loadVendors().get('vodia'), recordings: true }]]),
      adminListen: ANY_PORT,
      recordings: {
        directory: join(folder, 'recordings'),
        publicUrl: 'https://hooks.example.com',
        uploadUrl: 'http://router.example',
        secret: undefined,
        maxBytes: 1_000_000,
        minFreeBytes: 0,
        uploadMs: 3_600_000,
        linkMs: 86_400_000,
        retentionMs: 86_400_000,
      },
    });
    const first = await startTestRouter(config);
    const answer = await fetch(`${first.url}/cdr/pbx`, { method: 'POST', body: recordedCall('a') });
    const { upload } = (await answer.json()) as { upload: { url: string }[] };
    await first.stop();

    const second = await startTestRouter(config);
    const path = new URL(upload[0]?.url ?? '').pathname;
    expect((await fetch(second.url + path, { method: 'PUT', body: AUDIO })).status).toBe(200);
    const [cdr] = (
      (await (await fetch(`${second.adminUrl}/api/v1/cdrs`)).json()) as { data: { id: string }[] }
    ).data;
    const link = `${second.adminUrl}/api/v1/cdrs/${cdr?.id ?? ''}/recordings/0`;
    const { pathname } = new URL((await fetch(link)).url);
    for (const url of [second.url, second.adminUrl]) {
      const given = Buffer.from(await (await fetch(url + pathname)).arrayBuffer());
      expect(given.equals(AUDIO)).toBe(true);
    }
  });
});
