import fc from 'fast-check';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { expectProblem, startApp, type TestApp } from '../../support/app.ts';
import { newCdr } from '../../support/webhooks.ts';

interface Page {
  readonly data: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
}

const LISTS = ['/api/v1/cdrs', '/api/v1/deliveries', '/api/v1/webhooks'];

/** An application with so many CDRs, deliveries and webhooks. */
async function startWith(count: number): Promise<TestApp> {
  const webhooks = Array.from({ length: count }, (_, number) => ({
    id: `w-${number}`,
    name: `Webhook ${number}`,
    url: 'https://x.test/',
  }));
  const started = await startApp({ webhooks });
  await started.store.accept(webhooks.map(({ id }) => newCdr([id])));
  return started;
}

/** Goes through all pages and gives how many entries each had, and all ids in order. */
async function walk(
  { app }: TestApp,
  path: string,
  limit: number,
): Promise<{ readonly sizes: number[]; readonly ids: string[] }> {
  const sizes: number[] = [];
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await request(app).get(`${path}?limit=${limit}${query}`).expect(200);
    const page = response.body as Page;
    sizes.push(page.data.length);
    ids.push(...page.data.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  return { sizes, ids };
}

describe.each(LISTS)('%s', (path) => {
  test('gives every entry once over all pages, in one order, whatever the limit', async () => {
    const started = await startWith(23);
    const whole = await walk(started, path, 250);
    expect(new Set(whole.ids).size).toBe(23);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (limit) => {
        const { sizes, ids } = await walk(started, path, limit);
        expect(ids).toEqual(whole.ids);
        expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
        expect(sizes).toHaveLength(Math.ceil(23 / limit));
      }),
      { numRuns: 12 },
    );
  });

  test('has fifty entries on a page unless asked otherwise', async () => {
    const { app } = await startWith(51);
    const page = (await request(app).get(path)).body as Page;
    expect(page.data).toHaveLength(50);
    expect(page.nextCursor).toBe(page.data.at(-1)?.id);
  });

  test('is an empty page when there is nothing', async () => {
    const { app } = await startWith(0);
    expect((await request(app).get(path)).body).toEqual({ data: [], nextCursor: null });
  });

  test.each(['0', '-1', '251', '1.5', '1e2', 'ten', '', '%20', '99999999999'])(
    'refuses the limit "%s"',
    async (limit) => {
      const { app } = await startWith(1);
      const { detail } = expectProblem(await request(app).get(`${path}?limit=${limit}`), 400, 'bad-request');
      expect(detail).toContain('"limit"');
    },
  );

  test.each(['limits=5', 'state%20=x', 'LIMIT=5', 'query=x', '__proto__=x'])(
    'refuses %s, which means nothing: it must not pass for no filter',
    async (query) => {
      const { app } = await startWith(1);
      expectProblem(await request(app).get(`${path}?${query}`), 400, 'bad-request');
    },
  );

  test('refuses a parameter that is given twice', async () => {
    const { app } = await startWith(1);
    expectProblem(await request(app).get(`${path}?limit=1&limit=2`), 400, 'bad-request');
  });

  test('refuses other methods', async () => {
    const { app } = await startWith(0);
    const response = await request(app).delete(path);
    expectProblem(response, 405, 'method-not-allowed');
    expect(response.headers['allow']).toContain('GET');
  });
});

test('new entries while paging neither repeat nor hide those of later pages', async () => {
  const started = await startWith(10);
  const first = (await request(started.app).get('/api/v1/cdrs?limit=5')).body as Page;
  await started.store.accept(Array.from({ length: 7 }, () => newCdr([])));
  const second = (await request(started.app).get(`/api/v1/cdrs?limit=5&cursor=${first.nextCursor ?? ''}`))
    .body as Page;
  const ids = [...first.data, ...second.data].map(({ id }) => id);
  expect(new Set(ids).size).toBe(10);
  expect(second.nextCursor).toBeNull();
});

test('a cursor at a webhook that is gone is refused, and says to begin again', async () => {
  const { app } = await startWith(3);
  const response = await request(app).get('/api/v1/webhooks?cursor=gone');
  expect(expectProblem(response, 400, 'bad-request').detail).toMatch(/begin again/);
});

test.each(['/api/v1/deliveries?state=lost', '/api/v1/cdrs?matched=yes', '/api/v1/cdrs?matched='])(
  '%s is refused and names the words there are',
  async (path) => {
    const { app } = await startWith(0);
    const { detail } = expectProblem(await request(app).get(path), 400, 'bad-request');
    expect(detail).toMatch(/must be one (?:or more of pending, delivering|of true, false)/);
  },
);
