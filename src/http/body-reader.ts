import type { Request, RequestHandler, Response } from 'express';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { HttpProblem } from './problem.ts';

/** What bodies may be. */
export interface BodyLimits {
  /** Of one, unpacked. */
  readonly maxBodyBytes: number;
  /** Of all that are being read and worked on together. */
  readonly maxBodiesBytes: number;
}

/** CDRs come in bodies of this size: they are taken, however many larger ones come in at the same time. */
const UNCOUNTED_BYTES = 65_536;

const RETRY_AFTER = { 'retry-after': '5' };

const DECODERS = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
} as const;

/** Bytes of bodies that may yet be read at the same time. */
class Room {
  bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

/** A body that is held in memory: until it is answered, and whoever works on it is done. */
class HeldBody {
  readonly #room: Room;
  #bytes = 0;
  #uses = 0;
  #isClosed = false;

  constructor(room: Room) {
    this.#room = room;
  }

  /** Whether there is room for the body with so many bytes in all. */
  growTo(bytes: number): boolean {
    const more = Math.max(0, bytes - UNCOUNTED_BYTES) - this.#bytes;
    if (more > this.#room.bytes) return false;
    this.#take(Math.max(0, more));
    return true;
  }

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#uses += 1;
    try {
      return await work();
    } finally {
      this.#uses -= 1;
      this.#giveBack();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#giveBack();
  }

  #giveBack(): void {
    if (this.#isClosed && this.#uses === 0) this.#take(-this.#bytes);
  }

  #take(bytes: number): void {
    this.#room.bytes -= bytes;
    this.#bytes += bytes;
  }
}

/**
 * Reads bodies into `request.body` as a Buffer, unpacked, whatever their type is said to be. A request fails with the problems
 * `too-large`, `unsupported-encoding`, `bad-request` and, when too much is being read at once, `unavailable`.
 */
export function bodyReader({ maxBodyBytes, maxBodiesBytes }: BodyLimits): RequestHandler {
  const room = new Room(maxBodiesBytes);
  return async (request, response, next) => {
    const held = new HeldBody(room);
    response.locals['heldBody'] = held;
    response.once('close', () => {
      held.close();
    });
    request.body = await readBody(request, (bytes) => {
      if (bytes > maxBodyBytes) {
        const detail = `the body is larger than ${maxBodyBytes} bytes (intake.maxBodyBytes); split it`;
        return new HttpProblem('too-large', detail);
      }
      if (held.growTo(bytes)) return undefined;
      const detail = 'too many large requests are being taken in at once; send it again in a few seconds';
      return new HttpProblem('unavailable', detail, { headers: RETRY_AFTER });
    });
    next();
  };
}

/** Works on a request's body, which counts as held until that is done, also when the sender has gone meanwhile. */
export function withBody<Result>(response: Response, work: () => Promise<Result>): Promise<Result> {
  const held = response.locals['heldBody'] as HeldBody | undefined;
  return held === undefined ? work() : held.during(work);
}

/** Tells why a body may not have so many bytes. */
type Check = (bytes: number) => HttpProblem | undefined;

async function readBody(request: Request, check: Check): Promise<Buffer> {
  const decoder = decoderFor(request);
  const stream: Readable = decoder === undefined ? request : request.pipe(decoder);
  try {
    const told = decoder === undefined ? check(Number(request.get('content-length') ?? 0)) : undefined;
    if (told !== undefined) throw told;
    return await collected(stream, request, check);
  } finally {
    // What is left is read and thrown away, so that the sender gets to read the answer.
    if (decoder !== undefined) {
      request.unpipe(decoder);
      decoder.on('error', () => undefined);
      decoder.destroy();
    }
    request.resume();
  }
}

function collected(stream: Readable, request: Request, check: Check): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      const problem = check(bytes);
      if (problem === undefined) {
        chunks.push(chunk);
      } else {
        stream.off('data', onData);
        reject(problem);
      }
    };
    stream.on('data', onData);
    stream.once('end', () => {
      resolve(Buffer.concat(chunks));
    });
    stream.once('error', (error) => {
      reject(new HttpProblem('bad-request', `the body cannot be read: ${error.message}`));
    });
    request.once('close', () => {
      if (!request.complete) reject(new HttpProblem('bad-request', 'the request was broken off'));
    });
  });
}

function decoderFor(request: Request): ReturnType<(typeof DECODERS)[keyof typeof DECODERS]> | undefined {
  const encoding = request.get('content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return undefined;
  if (Object.hasOwn(DECODERS, encoding)) return DECODERS[encoding as keyof typeof DECODERS]();
  const known = Object.keys(DECODERS).join(', ');
  throw new HttpProblem('unsupported-encoding', `the Content-Encoding is not supported; known are ${known}`);
}
