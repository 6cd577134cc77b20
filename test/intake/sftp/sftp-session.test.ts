import { EventEmitter } from 'node:events';
import { readdirSync } from 'node:fs';
import ssh2 from 'ssh2';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Drop } from '../../../src/intake/sftp/drop.ts';
import { SftpSession } from '../../../src/intake/sftp/sftp-session.ts';
import { Upload } from '../../../src/intake/sftp/upload.ts';
import { makeFolder } from '../../support/app.ts';

const { STATUS_CODE: STATUS, OPEN_MODE: MODE } = ssh2.utils.sftp;

/** A channel whose client goes on whatever it is answered; OpenSSH's stops at the first failure. */
class Channel extends EventEmitter {
  readonly #answers = new Map<number, (answer: number | Buffer) => void>();
  #next = 0;

  /** Asks and waits for the answer: a status, or a handle. */
  ask(request: string, ...parts: readonly unknown[]): Promise<number | Buffer> {
    this.#next += 1;
    const { promise, resolve } = Promise.withResolvers<number | Buffer>();
    this.#answers.set(this.#next, resolve);
    this.emit(request, this.#next, ...parts);
    return promise;
  }

  status(id: number, code: number): void {
    this.#answers.get(id)?.(code);
  }

  handle(id: number, handle: Buffer): void {
    this.#answers.get(id)?.(handle);
  }
}

function start(): { folder: string; channel: Channel; onSent: () => void; onFlood: () => void } {
  const folder = makeFolder();
  const channel = new Channel();
  const [onSent, onFlood] = [vi.fn(), vi.fn()];
  const drop = new Drop(folder);
  const session = new SftpSession(channel as unknown as ssh2.SFTPWrapper, {
    drop,
    maxFileBytes: 10_000_000,
    onSent,
    onFlood,
  });
  onTestFinished(() => session.end());
  return { folder, channel, onSent, onFlood };
}

const TOO_FAR = 10_000_000;

test.each([[[0, TOO_FAR]], [[TOO_FAR]], [[TOO_FAR, 0]]])(
  'a file of which a part was refused is not kept when it is closed: %j',
  async (offsets) => {
    const { folder, channel, onSent } = start();
    const handle = await channel.ask('OPEN', '/cdr_1', MODE.WRITE | MODE.CREAT);
    for (const offset of offsets) {
      const answer = await channel.ask('WRITE', handle, offset, Buffer.from('part'));
      expect(answer).toBe(offset === 0 ? STATUS.OK : STATUS.FAILURE);
    }
    expect(await channel.ask('CLOSE', handle)).toBe(STATUS.FAILURE);
    expect(readdirSync(folder)).toEqual([]);
    expect(onSent).not.toHaveBeenCalled();
    expect(await channel.ask('REMOVE', '/cdr_1')).toBe(STATUS.NO_SUCH_FILE);
  },
);

test('what could not be written waits no more', async () => {
  const { channel, onFlood } = start();
  const write = vi.spyOn(Upload.prototype, 'write').mockRejectedValue(new Error('the disk is full'));
  const handle = await channel.ask('OPEN', '/cdr_1', MODE.WRITE | MODE.CREAT);
  const megabytes = Buffer.alloc(8_000_000);
  for (let number = 0; number < 5; number += 1) {
    expect(await channel.ask('WRITE', handle, 0, megabytes)).toBe(STATUS.FAILURE);
  }
  write.mockRestore();
  expect(onFlood).not.toHaveBeenCalled();
});
