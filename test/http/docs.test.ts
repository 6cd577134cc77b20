import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { docsPage } from '../../src/http/docs/docs-page.ts';
import { startApp } from '../support/app.ts';
import { API_DOCUMENT } from '../support/described-answers.ts';

const page = docsPage(API_DOCUMENT);

describe('the page of the API', () => {
  test('loads nothing but its own style, and runs nothing', async () => {
    const { app } = await startApp();
    const response = await request(app).get('/docs').expect(200);
    expect(response.text).toBe(page);
    expect(response.headers['content-type']).toMatch(/^text\/html/);
    const policy = String(response.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page).not.toMatch(/<script|style=|<style|\son\w+="|\ssrc=|href="(?![#/])/);
    expect([...page.matchAll(/<link[^>]*href="([^"]+)"/g)].map(([, href]) => href)).toEqual([
      '/docs/style.css',
    ]);
    const style = await request(app).get('/docs/style.css').expect(200);
    expect(style.headers['content-type']).toMatch(/^text\/css/);
    expect(style.text).toContain('prefers-color-scheme: dark');
  });

  test('has every operation, and links that lead somewhere', () => {
    const paths = API_DOCUMENT['paths'] as Record<
      string,
      Record<string, { operationId: string; summary: string }>
    >;
    for (const operation of Object.values(paths).flatMap((item) => Object.values(item))) {
      expect(page.includes(`<article id="${operation.operationId}">`)).toBe(true);
      expect(page).toContain(operation.summary.replaceAll('"', '&quot;'));
    }
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.length).toBeGreaterThan(60);
    expect(links.filter((id) => !ids.has(id))).toEqual([]);
  });

  test('tells of parameters, bodies and answers with their bounds', () => {
    const article = /<article id="listDeliveries">.*?<\/article>/s.exec(page)?.[0] ?? '';
    const words = article.replace(/<[^>]+>/g, '').replace(/\s+/g, ' ');
    expect(words).toContain('Needs a token with the scope read.');
    expect(words).toContain('limit query, integer, at least 1, at most 250, default 50, can be missing');
    expect(words).toContain('list of Delivery');
  });

  test('shows text of the document as text', () => {
    const hostile = structuredClone(API_DOCUMENT);
    hostile['info'] = { version: '<script>alert("1")</script>', description: '"&' };
    expect(docsPage(hostile)).toContain(
      'Version &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;. &quot;&amp;',
    );
  });
});
