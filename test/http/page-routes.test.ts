import request from 'supertest';
import { describe, expect, test, vi } from 'vitest';
import { PageMissingError, type PageFiles } from '../../src/http/page-routes.ts';
import { expectProblem, startApp } from '../support/app.ts';

const FILES: PageFiles = new Map(
  Object.entries({ 'page.html': '<p>page</p>', 'main-ABCD1234.js': 'run()', 'icon.svg': '<svg/>' }).map(
    ([name, text]) => [name, { name, content: Buffer.from(text) }],
  ),
);

describe('the page', () => {
  test('is at / and lets nothing in from elsewhere', async () => {
    const { app } = await startApp({ loadPage: () => Promise.resolve(FILES) });
    const response = await request(app).get('/');
    expect(response.text).toBe('<p>page</p>');
    expect(response.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy':
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  });

  test('has assets that are kept for good when their name tells their content', async () => {
    const { app } = await startApp({ loadPage: () => Promise.resolve(FILES) });
    const script = await request(app).get('/assets/main-ABCD1234.js');
    expect(script.headers['content-type']).toMatch(/^text\/javascript/);
    expect(script.headers['cache-control']).toContain('immutable');
    const icon = await request(app).get('/assets/icon.svg');
    expect(icon.headers).toMatchObject({ 'content-type': 'image/svg+xml', 'cache-control': 'no-cache' });
  });

  test('is not sent again to who has it', async () => {
    const { app } = await startApp({ loadPage: () => Promise.resolve(FILES) });
    const first = await request(app).get('/');
    const etag = first.headers['etag'] ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    await request(app).get('/').set('if-none-match', etag).expect(304, '');
    await request(app).get('/').set('if-none-match', '"another"').expect(200);
  });

  test.each(['/assets/nothing.js', '/assets/page.html', '/assets/..%2fpackage.json'])(
    'has nothing at %s',
    async (path) => {
      const { app } = await startApp({ loadPage: () => Promise.resolve(FILES) });
      expectProblem(await request(app).get(path), 404, 'not-found');
    },
  );

  test('is loaded once, at the first request', async () => {
    const loadPage = vi.fn(() => Promise.resolve(FILES));
    const { app } = await startApp({ loadPage });
    expect(loadPage).not.toHaveBeenCalled();
    await Promise.all([request(app).get('/'), request(app).get('/assets/icon.svg')]);
    expect(loadPage).toHaveBeenCalledTimes(1);
  });

  test('tells what to do where it is not built, and is looked for again', async () => {
    const loadPage = vi.fn(() => Promise.resolve(FILES));
    loadPage.mockRejectedValueOnce(new PageMissingError('npm run build makes it'));
    const { app } = await startApp({ loadPage });
    expect(expectProblem(await request(app).get('/'), 503, 'unavailable').detail).toBe(
      'npm run build makes it',
    );
    await request(app).get('/').expect(200);
  });

  test('takes no other method', async () => {
    const { app } = await startApp({ loadPage: () => Promise.resolve(FILES) });
    expectProblem(await request(app).post('/'), 405, 'method-not-allowed');
  });
});
