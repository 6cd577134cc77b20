import { onTestFinished } from 'vitest';
import { startApp, type AppSettings, type TestApp } from '../support/app.ts';

/** Starts an application that listens, until the running test has ended. */
export async function listen(settings: AppSettings = {}): Promise<TestApp & { readonly url: string }> {
  const started = await startApp(settings);
  const server = started.app.listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen at a port');
  return { ...started, url: `http://127.0.0.1:${address.port}` };
}
