import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { receive } from '../../src/commands/receive.ts';
import { runCommand } from './run-command.ts';

test('a port that is taken is told with how to take another', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const port = String((server.address() as AddressInfo).port);
  await expect(runCommand(receive, '--port', port)).rejects.toThrow(
    new RegExp(`^cannot listen at 127\\.0\\.0\\.1:${port} \\(.*EADDRINUSE.*\\); --port takes another$`),
  );
});
