import { describe, expect, test } from 'vitest';
import { NetworkGuard, type Resolve } from '../../src/relay/network-guard.ts';
import { SharedLookup } from '../../src/relay/shared-lookup.ts';
import { LOOPBACK } from '../support/networks.ts';
import { httpTarget, makeTransport, requestTo } from './target.ts';

const ADDRESS = { address: '127.0.0.1', family: 4 };

/** Name servers that answer when a test has them answer. */
class Names {
  nowMs = 0;
  /** What is being looked up, in the order begun. */
  readonly underWay: { readonly name: string; readonly answer: (isFound?: boolean) => void }[] = [];
  readonly found: string[] = [];
  readonly #lookup: SharedLookup;

  constructor(atOnce: number) {
    const resolve: Resolve = (name, _options, callback) => {
      const answer = (isFound = true): void => {
        this.underWay.splice(this.underWay.indexOf(lookup), 1);
        if (isFound) callback(null, [ADDRESS]);
        else callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
      };
      const lookup = { name, answer };
      this.underWay.push(lookup);
    };
    this.#lookup = new SharedLookup({ resolve, atOnce, now: () => this.nowMs });
  }

  ask(...names: string[]): void {
    for (const name of names) {
      this.#lookup.resolve(name, { all: true }, (error) => {
        this.found.push(error === null ? name : `not ${name}`);
      });
    }
  }

  get asked(): string[] {
    return this.underWay.map(({ name }) => name);
  }

  answer(name: string, isFound = true): void {
    this.underWay.find((lookup) => lookup.name === name)?.answer(isFound);
  }

  /** Has names found at once, so that they are known to be quick. */
  findQuickly(...names: string[]): void {
    for (const name of names) {
      this.ask(name);
      this.answer(name);
    }
    this.found.length = 0;
  }
}

describe('a name', () => {
  test('is looked up once for all who wait for it, and again for who comes later', () => {
    const names = new Names(4);
    names.ask('a', 'a', 'a');
    expect(names.asked).toEqual(['a']);
    names.answer('a');
    expect(names.found).toEqual(['a', 'a', 'a']);
    names.ask('a');
    expect(names.asked).toEqual(['a']);
  });

  test('that is not found is told to all who wait for it', () => {
    const names = new Names(4);
    names.ask('a', 'a');
    names.answer('a', false);
    expect(names.found).toEqual(['not a', 'not a']);
  });
});

describe('lookups', () => {
  test('under way are bounded, and the others follow in their order', () => {
    const names = new Names(2);
    names.findQuickly('a', 'b', 'c', 'd');
    names.ask('a', 'b', 'c', 'd');
    expect(names.asked).toEqual(['a', 'b']);
    names.answer('b');
    expect(names.asked).toEqual(['a', 'c']);
  });

  test('of names that may be dead leave half to those that are known to be quick', () => {
    const names = new Names(8);
    names.findQuickly('quick');
    const dead = Array.from({ length: 20 }, (_, index) => `dead-${index}`);
    names.ask(...dead);
    expect(names.asked).toEqual(dead.slice(0, 4));
    names.ask('quick');
    expect(names.asked).toEqual([...dead.slice(0, 4), 'quick']);
    names.answer('quick');
    expect(names.found).toEqual(['quick']);
  });

  test.each(['took long', 'was not found'])('of a name that %s the last time count to that half', (how) => {
    const names = new Names(2);
    names.findQuickly('a');
    names.ask('a');
    names.nowMs += how === 'took long' ? 5_000 : 0;
    names.answer('a', how === 'took long');
    names.ask('a', 'b');
    expect(names.asked).toEqual(['a']);
    names.answer('a');
    expect(names.asked).toEqual(['b']);
  });

  test('go on with a single thread', () => {
    const names = new Names(1);
    names.ask('a', 'b');
    names.answer('a');
    names.answer('b');
    expect(names.found).toEqual(['a', 'b']);
  });
});

test('requests to a name that is never found end by their own timeouts, and those to another name are made meanwhile', async () => {
  const { url } = await httpTarget((_request, response) => void response.end('ok'));
  const dead: string[] = [];
  const resolve: Resolve = (name, _options, callback) => {
    if (name.startsWith('dead')) dead.push(name);
    else callback(null, [ADDRESS]);
  };
  const lookup = new SharedLookup({ resolve, atOnce: 4, now: () => performance.now() });
  const transport = makeTransport(new NetworkGuard(LOOPBACK, lookup.resolve));
  const urlAt = (name: string): string => url.replace('127.0.0.1', name);
  const waiting = [200, 250, 300].map((timeoutMs) =>
    transport.exchange(requestTo(urlAt('dead.test'), { timeoutMs })).catch((error: unknown) => error),
  );
  const answer = await transport.exchange(requestTo(urlAt('alive.test')));
  expect(answer.status).toBe(200);
  for (const error of await Promise.all(waiting))
    expect(error).toMatchObject({ code: 'ETIMEDOUT', sent: false });
  expect(dead).toEqual(['dead.test']);
});
