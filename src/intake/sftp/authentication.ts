import { setTimeout as wait } from 'node:timers/promises';
import { timingSafeEqual } from 'node:crypto';
import type ssh2 from 'ssh2';
import { isSame } from '../verify/same.ts';
import { parsePublicKey, type SftpUser } from './sftp-settings.ts';

/** What is offered to clients. */
const METHODS: ssh2.AuthenticationType[] = ['publickey', 'password'];

/** Wrong passwords and signatures in one connection. */
const MOST_FAILURES = 3;
/** Keys that a client may ask about before it signs with one. */
const MOST_KEYS = 20;

/** A user with what it takes to know one. */
export interface KnownUser extends SftpUser {
  readonly keys: readonly ssh2.ParsedKey[];
}

/** The users by their names, their keys read. */
export function knownUsers(users: readonly SftpUser[]): ReadonlyMap<string, KnownUser> {
  return new Map(users.map((user) => [user.name, { ...user, keys: user.publicKeys.map(parsePublicKey) }]));
}

/** Looks who a client is, over the attempts of one connection. Each that fails is answered later than the one before. */
export class Authentication {
  readonly #users: ReadonlyMap<string, KnownUser>;
  readonly #delayMs: number;
  #user: KnownUser | undefined;
  #failures = 0;
  #keys = 0;

  /** @param delayMs how long the first wrong attempt has to wait for its answer. */
  constructor(users: ReadonlyMap<string, KnownUser>, delayMs: number) {
    this.#users = users;
    this.#delayMs = delayMs;
  }

  /** Who the client has shown to be. */
  get user(): KnownUser | undefined {
    return this.#user;
  }

  /** Whether the client has used up its attempts. */
  get isOver(): boolean {
    return this.#failures >= MOST_FAILURES || this.#keys >= MOST_KEYS;
  }

  /** Answers one attempt. */
  async answer(context: ssh2.AuthContext): Promise<void> {
    const user = this.#users.get(context.username);
    if (context.method === 'password') {
      // Compared also where there is no password, so that one takes as long as the other.
      const isRight = isSame(context.password, user?.password ?? '') && user?.password !== undefined;
      return this.#decide(context, isRight ? user : undefined);
    }
    if (context.method === 'publickey') return this.#answerKey(context, user);
    context.reject(METHODS);
  }

  async #answerKey(context: ssh2.PublicKeyAuthContext, user: KnownUser | undefined): Promise<void> {
    const key = user?.keys.find((one) => isKey(one, context.key));
    if (context.signature !== undefined) {
      return this.#decide(context, key !== undefined && isSigned(key, context) ? user : undefined);
    }
    this.#keys += 1;
    if (key === undefined) context.reject(METHODS);
    else context.accept();
  }

  async #decide(context: ssh2.AuthContext, user: KnownUser | undefined): Promise<void> {
    if (user !== undefined) {
      this.#user = user;
      context.accept();
      return;
    }
    this.#failures += 1;
    await wait(this.#delayMs * this.#failures);
    context.reject(METHODS);
  }
}

function isKey(key: ssh2.ParsedKey, { data }: ssh2.PublicKey): boolean {
  const own = key.getPublicSSH();
  return own.length === data.length && timingSafeEqual(own, data);
}

function isSigned(key: ssh2.ParsedKey, { blob, signature, hashAlgo }: ssh2.PublicKeyAuthContext): boolean {
  return blob !== undefined && signature !== undefined && key.verify(blob, signature, hashAlgo);
}
