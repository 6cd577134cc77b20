import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Receiver } from '../support/receiver.ts';
import { RouterFolder, RouterProcess, type LogLine } from '../support/router-process.ts';
import { call, pending, showRulesStatus, showWebhooks, takenIn } from './api.ts';
import { PATIENT, until } from './until.ts';

/** What the design promises for a hand edit. */
const IN_FORCE_WITHIN_MS = 1_000;

let receiver: Receiver;
let folder: RouterFolder;
let router: RouterProcess;
/** How long the log was when the test began. */
let loggedBefore: number;

beforeAll(async () => {
  receiver = await Receiver.start();
  folder = new RouterFolder([webhook('first')]);
  router = await RouterProcess.start(folder);
});

beforeEach(async () => {
  moveIntoPlace(rulesText(webhook('first')));
  await untilInForce('first');
  await until('no error', async () => (await showRulesStatus(router.url)).errors.length === 0);
  loggedBefore = router.log.length;
});

afterAll(async () => {
  await router.kill();
  await receiver.close();
  folder.remove();
});

function webhook(id: string, conditions: readonly object[] = []): object {
  return { id, name: `The ${id} one`, url: `${receiver.url}/${id}`, conditions };
}

function rulesText(...webhooks: readonly object[]): string {
  return `${JSON.stringify({ webhooks }, null, 2)}\n`;
}

function writeInPlace(text: string): void {
  folder.writeRules(text);
}

/**
 * An editor that writes a new file and moves it to the place of the old one. The router never sees half of it, so that
 * a test that counts errors gets none but its own.
 */
function moveIntoPlace(text: string): void {
  const other = `${folder.rulesPath}~`;
  writeFileSync(other, text);
  renameSync(other, folder.rulesPath);
}

async function idsInForce(): Promise<string[]> {
  return (await showWebhooks(router.url)).map(({ id }) => id);
}

async function untilInForce(...ids: readonly string[]): Promise<void> {
  await until(`${ids.join()} in force`, async () => (await idsInForce()).join() === ids.join());
}

let serial = 0;

/** Where a CDR that is sent now goes. */
async function targetsOfNext(): Promise<string[]> {
  const before = receiver.requests.length;
  serial += 1;
  await takenIn(router.url, `{"serial":${serial}}`);
  await until('nothing is pending', async () => (await pending(router.url)) === 0);
  return receiver.requests.slice(before).map(({ path }) => path);
}

/** Why the file as it is now is not in force, as the API tells it. */
async function rejection(): Promise<string> {
  await until(
    'the broken file is told of',
    async () => (await showRulesStatus(router.url)).errors.length > 0,
  );
  const { errors } = await showRulesStatus(router.url);
  return errors.map(({ pointer, line, detail }) => `${pointer} (line ${line ?? '?'}): ${detail}`).join('\n');
}

/** The same as the log tells it; its lines are written together, so they may come a moment later. */
async function loggedRejections(): Promise<LogLine[]> {
  const lines = (): LogLine[] =>
    router.log.slice(loggedBefore).filter(({ event }) => event === 'rules.rejected');
  await until('the log tells of the broken file', () => Promise.resolve(lines().length > 0));
  return lines();
}

describe('an edit of the rules file by hand', () => {
  it.each([
    { how: 'in place', edit: writeInPlace },
    { how: 'by moving another file there', edit: moveIntoPlace },
  ])('$how is in force within a second', async ({ edit }) => {
    expect(await targetsOfNext()).toEqual(['/first']);

    const editedAtMs = Date.now();
    edit(rulesText(webhook('second')));
    await untilInForce('second');
    const { loadedAt, errors } = await showRulesStatus(router.url);

    expect(Date.parse(loadedAt) - editedAtMs).toBeLessThanOrEqual(IN_FORCE_WITHIN_MS);
    expect(errors).toEqual([]);
    expect(await targetsOfNext()).toEqual(['/second']);
  });
});

describe('a rules file that is broken by hand', PATIENT, () => {
  const SYNTAX_ERROR = '{\n  "webhooks": [\n    { "id": "second",,\n  ]\n}\n';

  function unknownOperator(): string {
    const bad = { equals: [{ var: 'team' }, 'sales'] };
    return rulesText(webhook('first'), webhook('second', [{ '==': [1, 1] }, bad]));
  }

  /** The line of a text, 1-indexed, that stands just above the first one with a word. */
  function lineAbove(content: string, word: string): number {
    return content.split('\n').findIndex((line) => line.includes(word));
  }

  it('changes nothing while its JSON is wrong, and the line is told', async () => {
    moveIntoPlace(SYNTAX_ERROR);

    expect(await rejection()).toMatch(/line 3\b/);
    expect(await loggedRejections()).toMatchObject([
      { level: 'error', path: folder.rulesPath, errors: [expect.stringMatching(/line 3\b/)] },
    ]);
    expect(await idsInForce()).toEqual(['first']);
    expect(await targetsOfNext()).toEqual(['/first']);
  });

  it('changes nothing while it has an unknown operator, and its place is told', async () => {
    const content = unknownOperator();
    moveIntoPlace(content);
    const place = `/webhooks/1/conditions/1 (line ${lineAbove(content, 'equals')})`;

    expect(await rejection()).toContain(place);
    expect(await rejection()).toContain('"equals"');
    expect(JSON.stringify(await loggedRejections())).toContain(place);
    expect(await idsInForce()).toEqual(['first']);
    expect(await targetsOfNext()).toEqual(['/first']);
  });

  it('is told of by its errors alone, not by what would only be warned about', async () => {
    // "first" has no conditions, which is a warning, and in force all the while.
    moveIntoPlace(unknownOperator());

    expect((await rejection()).split('\n')).toEqual([expect.stringContaining('/webhooks/1/conditions/1')]);
  });

  it('is in force again as soon as it is mended', async () => {
    moveIntoPlace(SYNTAX_ERROR);
    await rejection();
    moveIntoPlace(rulesText(webhook('first'), webhook('second')));
    await untilInForce('first', 'second');

    expect((await showRulesStatus(router.url)).errors).toEqual([]);
    expect((await targetsOfNext()).toSorted()).toEqual(['/first', '/second']);
  });

  it('leaves the last good rules in force over a kill and a restart', async () => {
    moveIntoPlace(rulesText(webhook('second')));
    await untilInForce('second');
    moveIntoPlace(SYNTAX_ERROR);
    await rejection();
    await router.kill();
    router = await RouterProcess.start(folder);

    expect(await rejection()).toMatch(/line 3\b/);
    await until('the log tells of the broken file', () =>
      Promise.resolve(router.logOf('rules.rejected').length > 0),
    );
    expect(await targetsOfNext()).toEqual(['/second']);
    expect(readFileSync(folder.rulesPath, 'utf8')).toBe(SYNTAX_ERROR);

    moveIntoPlace(rulesText(webhook('third')));
    await untilInForce('third');
  });

  it('keeps a router that never had good rules from starting', async () => {
    const other = new RouterFolder();
    other.writeRules(unknownOperator());
    const refused = RouterProcess.launch(other);

    expect(await refused.exit).toEqual({ code: 1, signal: null });
    expect(refused.errorText).toContain('/webhooks/1/conditions/1');
    other.remove();
  });

  it('is not overwritten by the API', async () => {
    moveIntoPlace(SYNTAX_ERROR);
    const answer = await call(router.url, 'POST', '/api/v1/webhooks', JSON.stringify(webhook('third')));

    expect(answer.status).toBe(409);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'rules-file-broken', errors: [{ line: 3 }] });
    expect(readFileSync(folder.rulesPath, 'utf8')).toBe(SYNTAX_ERROR);
  });
});

describe('a write by the API', PATIENT, () => {
  /** Members in an order that is nobody's default. */
  function unusual(): string {
    return `{
  "$schema": "../schemas/rules.schema.json",
  "webhooks": [
    {
      "url": "${receiver.url}/zulu",
      "meta": {
        "z": 1,
        "a": {
          "y": [],
          "b": {}
        }
      },
      "conditions": [
        {
          "in": [
            {
              "var": "team"
            },
            [
              "sales"
            ]
          ]
        }
      ],
      "id": "zulu",
      "name": "Zulu"
    },
    {
      "name": "Alpha",
      "id": "alpha",
      "url": "${receiver.url}/alpha"
    }
  ]
}
`;
  }

  it('leaves the rest of the file as it was: members in their order, $schema, two spaces', async () => {
    moveIntoPlace(unusual());
    await untilInForce('zulu', 'alpha');

    const added = '{ "url": "http://127.0.0.1:9/", "name": "Büro 2", "enabled": false }';
    expect((await call(router.url, 'POST', '/api/v1/webhooks', added)).status).toBe(201);
    const entry = `{
      "id": "buro-2",
      "url": "http://127.0.0.1:9/",
      "name": "Büro 2",
      "enabled": false
    }`;
    const withAdded = unusual().replace(/\n {4}\}\n {2}\]/, `\n    },\n    ${entry}\n  ]`);
    expect(readFileSync(folder.rulesPath, 'utf8')).toBe(withAdded);

    expect(await idsInForce()).toEqual(['zulu', 'alpha', 'buro-2']);
  });

  it('leaves the members of the webhook it changes in their order', async () => {
    moveIntoPlace(unusual());
    await untilInForce('zulu', 'alpha');

    const rename = '{ "name": "Zulu time" }';
    expect((await call(router.url, 'PATCH', '/api/v1/webhooks/zulu', rename)).status).toBe(200);
    expect(readFileSync(folder.rulesPath, 'utf8')).toBe(unusual().replace('"Zulu"', '"Zulu time"'));
  });

  it('keeps a hand edit that was made just before it', async () => {
    moveIntoPlace(rulesText(webhook('first'), webhook('by-hand')));
    const answer = await call(router.url, 'POST', '/api/v1/webhooks', JSON.stringify(webhook('by-api')));

    expect(answer.status).toBe(201);
    expect(await idsInForce()).toEqual(['first', 'by-hand', 'by-api']);
    expect(readFileSync(folder.rulesPath, 'utf8')).toBe(
      rulesText(webhook('first'), webhook('by-hand'), webhook('by-api')),
    );
  });

  it('is there after a kill', async () => {
    await call(router.url, 'POST', '/api/v1/webhooks', JSON.stringify(webhook('by-api')));
    await router.kill();
    router = await RouterProcess.start(folder);

    expect(await idsInForce()).toEqual(['first', 'by-api']);
  });
});
