import { expect, it, onTestFinished, vi } from 'vitest';
import type { Router } from '../../src/main.ts';
import { configIn, makeFolder, startTestRouter, writeRules } from '../support/app.ts';
import { Receiver } from '../support/receiver.ts';
import { describePostgres, temporarySchema } from '../support/store-postgres.ts';

async function show(router: Router, path: string): Promise<unknown> {
  return (await fetch(`${router.adminUrl}/api/v1${path}`)).json();
}

describePostgres('two routers on one PostgreSQL', (serverUrl) => {
  it('take in and deliver as one, and tell the same of it', async () => {
    const databaseUrl = temporarySchema(serverUrl);
    const receiver = await Receiver.start();
    onTestFinished(() => receiver.close());
    const startOne = (): Promise<Router> => {
      const folder = makeFolder();
      writeRules(folder, [{ id: 'tickets', name: 'Tickets', url: `${receiver.url}/hook` }]);
      return startTestRouter(configIn(folder, { databaseUrl }));
    };
    const routers = await Promise.all([startOne(), startOne()]);
    const [first, second] = routers;
    const send = ({ url }: Router, id: number): Promise<Response> =>
      fetch(`${url}/cdr`, { method: 'POST', body: JSON.stringify({ id }) });
    const ids = Array.from({ length: 20 }, (_, id) => id);
    // Each CDR comes to both, as from a sender that did not hear the first answer.
    const answers = await Promise.all(ids.flatMap((id) => routers.map((router) => send(router, id))));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const stats = { hits: 20, delivered: 20, pending: 0 };
    await vi.waitFor(
      async () => {
        expect(await show(second, '/webhooks/tickets')).toMatchObject({ stats });
      },
      { timeout: 20_000 },
    );
    expect(await show(first, '/webhooks/tickets')).toMatchObject({ stats });
    const sent = receiver.requests.map(({ body }) => (JSON.parse(body) as { cdr: { id: number } }).cdr.id);
    expect(sent.toSorted((a, b) => a - b)).toEqual(ids);
  });
});
