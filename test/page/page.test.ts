import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { PageWorld, type WrittenWebhook } from '../support/page-world.ts';

/** How long the page may take to show something; a busy machine is slow. */
const PATIENCE = { timeout: 15_000 };

const browser = await launchBrowser();
const isMissing = typeof browser === 'string';

describe.skipIf(isMissing)(isMissing ? `the page (${browser})` : 'the page', () => {
  let world: PageWorld;

  beforeAll(async () => {
    if (!isMissing) world = await PageWorld.start(browser);
  });

  beforeEach(async () => {
    world.target.script = () => ({});
    await world.writeRules();
  });

  afterEach(() => {
    expect(world.complaints).toEqual([]);
  });

  afterAll(async () => {
    if (isMissing) return;
    await world.stop();
    await browser.close();
  });

  function webhook(id: string, members: Partial<WrittenWebhook> = {}): WrittenWebhook {
    return { id, name: `The ${id} one`, url: `${world.target.url}/${id}`, conditions: [], ...members };
  }

  test('leads to the first webhook, which then gets a call', async () => {
    const page = await world.open('webhooks');
    await page.getByRole('link', { name: 'Make the first webhook' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Missed calls');
    await page.getByLabel('Destination URL').fill(`${world.target.url}/first`);
    await page.getByRole('button', { name: 'Add condition' }).click();
    await page.getByLabel('Field').fill('status');
    await page.getByLabel('Value', { exact: true }).fill('missed');
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByRole('heading', { name: 'Missed calls', level: 1 }).waitFor();

    await world.send({ status: 'missed', caller: '+15550100' });
    await world.send({ status: 'answered', caller: '+15550101' });
    await world.settled();
    expect(world.target.to('/first')).toHaveLength(1);

    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Webhooks' }).click();
    const row = page.getByRole('row', { name: /Missed calls/ });
    await row.getByText('working').waitFor();
    expect(await row.getByRole('cell').nth(2).innerText()).toBe('1');
    expect(world.writtenRules()).toMatchObject([{ conditions: [{ '==': [{ var: 'status' }, 'missed'] }] }]);
  });

  test('shows both versions when the file was edited meanwhile, and overwrites only when told to', async () => {
    await world.writeRules(webhook('busy'));
    const page = await world.open('webhooks/busy');
    await page.getByLabel('Name', { exact: true }).fill('My name for it');
    await world.writeRules(webhook('busy', { name: 'Their name for it' }));
    await page.getByText('was changed elsewhere while you edit it').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();

    const dialog = page.getByRole('dialog', { name: 'Somebody else changed this webhook' });
    await dialog.getByText('"Their name for it"').waitFor();
    await dialog.getByText('"My name for it"').waitFor();
    expect(world.writtenRules()).toMatchObject([{ name: 'Their name for it' }]);

    await dialog.getByRole('button', { name: 'Overwrite with mine' }).click();
    await page.getByText('Saved.').waitFor();
    expect(world.writtenRules()).toMatchObject([{ name: 'My name for it' }]);

    // What is typed while it is saved stays, and is told as unsaved.
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/v1/webhooks/busy', async (route) => {
      if (route.request().method() === 'PUT') await held;
      await route.continue();
    });
    await page.getByLabel('Name', { exact: true }).fill('Saved so far');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Saved so far, and on');
    answer();
    await page.getByRole('heading', { name: 'Saved so far' }).waitFor();
    await page.getByText('There are unsaved changes.').waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Saved so far, and on');
    expect(world.writtenRules()).toMatchObject([{ name: 'Saved so far' }]);
  });

  test('takes the version of the file over while nothing is changed on the page', async () => {
    await world.writeRules(webhook('quiet'));
    const page = await world.open('webhooks/quiet');
    await page.getByRole('heading', { name: 'The quiet one' }).waitFor();
    await world.writeRules(webhook('quiet', { name: 'Renamed by hand' }));
    await page.getByRole('heading', { name: 'Renamed by hand' }).waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Renamed by hand');
  });

  test('never changes a condition that is richer than a row', async () => {
    const rich = { or: [{ '==': [{ var: ['status'] }, 'missed'] }, { '<': [1, { var: 'wait' }, 9] }] };
    await world.writeRules(
      webhook('rich', { conditions: [rich, { '>': [{ var: 'wait' }, 5] }], meta: { a: null } }),
    );
    const page = await world.open('webhooks/rich');
    await page.getByLabel('JSON-Logic').waitFor();
    await page.getByLabel('Value', { exact: true }).fill('7');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect(world.writtenRules()).toMatchObject([
      { conditions: [rich, { '>': [{ var: 'wait' }, 7] }], meta: { a: null } },
    ]);
  });

  test('has forms for authentication and signature; what they do not know stays', async () => {
    const auth = {
      type: 'oauth2',
      grant: 'client_credentials',
      clientId: 'c',
      clientSecret: 's3cret-of-desk',
    };
    const stored = { ...auth, tokenUrl: 'http://127.0.0.1/token', scheme: 'Desk' };
    await world.writeRules(webhook('secured', { auth: stored }));
    const page = await world.open('webhooks/secured');
    await page.getByLabel('Client id').fill('another');
    const kind = page.getByLabel('Who sends is shown by');
    await kind.selectOption({ label: 'a token (Bearer)' });
    await kind.selectOption({ label: 'OAuth 2: client credentials' });
    await page.getByRole('button', { name: 'Generate a secret' }).click();
    await page.getByText(/^SECURED_SIGNING_SECRET=whsec_/).waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect(world.writtenRules()).toMatchObject([
      { auth: { ...stored, clientId: 'another' }, signing: { secrets: ['${SECURED_SIGNING_SECRET}'] } },
    ]);
  });

  test('tells whether a call would match, with the value of each condition', async () => {
    const cdr = await world.send({ team: 'sales', wait: 30, trial: 1 });
    await world.writeRules(
      webhook('waits', {
        conditions: [{ '==': [{ var: 'team' }, 'sales'] }, { '>': [{ var: 'wait' }, 60] }],
      }),
    );
    const page = await world.open('webhooks/waits');
    const trial = page.getByRole('complementary', { name: 'Would it match?' });
    await trial.getByRole('option', { name: cdr }).waitFor({ state: 'attached' });
    await trial.getByLabel('Try it on').selectOption(cdr);
    await trial.getByText('No: 1 of 2 conditions do not hold.').waitFor();
    await trial
      .getByRole('listitem')
      .filter({ hasText: 'wait is greater than 60' })
      .getByText('wait: 30')
      .waitFor();
    await page
      .getByRole('group', { name: 'and condition 2' })
      .getByLabel('Value', { exact: true })
      .fill('20');
    await trial.getByText('Yes, this CDR would hit it.').waitFor();

    // A row that is not complete is left out, the others count as they are now.
    await page.getByRole('button', { name: 'Add condition' }).click();
    await trial.getByText('Left out for now: condition 3 is not complete.').waitFor();
    const second = page.getByRole('group', { name: 'and condition 2' });
    await second.getByLabel('Value', { exact: true }).fill('40');
    await trial.getByText('No: 1 of 2 conditions do not hold.').waitFor();
    await second.getByLabel('Value', { exact: true }).fill('20');
    await trial.getByText('Yes, this CDR would hit it.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    const refusal = page.getByText('Not saved yet: condition 3 is not complete.');
    await refusal.waitFor();
    await page.getByRole('button', { name: 'Remove condition 3' }).click();
    await refusal.waitFor({ state: 'detached' });

    await trial.getByRole('button', { name: /^Count matches in the last/ }).click();
    await trial.getByText(/It would have matched 1 of/).waitFor();
    await trial.getByRole('button', { name: 'Show the request' }).click();
    await trial.getByText('"name": "The waits one"').waitFor();
    await trial.getByRole('button', { name: 'Send test' }).click();
    await trial.getByText(/The target answered 200/).waitFor();
    expect(world.target.to('/waits')).toHaveLength(1);
  });

  test('shows what the router found wrong at its field', async () => {
    await world.writeRules(webhook('wrong'));
    const page = await world.open('webhooks/wrong');
    await page.getByLabel('Destination URL').fill('ftp://example.com/x');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('Destination URL').getAttribute('aria-invalid')).toBe('true');
    expect(world.writtenRules()).toMatchObject([{ url: `${world.target.url}/wrong` }]);

    await world.breakRules();
    await page.getByLabel('Destination URL').fill('http://127.0.0.1/fine');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Nothing was saved: the rules file has an error').waitFor();
  });

  test('asks before what is unsaved is left', async () => {
    await world.writeRules(webhook('unsaved'));
    const page = await world.open('webhooks/unsaved');
    await page.getByLabel('Name', { exact: true }).fill('Not saved');
    const away = page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'CDRs' });
    const questions: string[] = [];
    let isLeaving = false;
    page.on('dialog', (question) => {
      questions.push(question.message());
      void (isLeaving ? question.accept() : question.dismiss());
    });
    await away.click();
    await page.waitForURL(/#\/webhooks\/unsaved$/);
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Not saved');
    isLeaving = true;
    await away.click();
    await page.getByRole('heading', { name: 'CDRs', level: 1 }).waitFor();
    expect(questions).toHaveLength(2);
  });

  test('switches a webhook off and on, and deletes it when that is confirmed', async () => {
    await world.writeRules(webhook('switched'));
    const page = await world.open('webhooks');
    const isOn = page.getByRole('switch', { name: 'The switched one is on' });
    await isOn.click();
    await page.getByRole('switch', { name: 'The switched one is on', checked: false }).waitFor();
    expect(world.writtenRules()).toMatchObject([{ enabled: false }]);
    await isOn.click();
    await page.getByRole('switch', { name: 'The switched one is on', checked: true }).waitFor();

    await page.getByRole('link', { name: 'The switched one' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor();
    expect(world.writtenRules()).toEqual([]);
  });

  test('tells why deliveries wait for a target in trouble, and cancels all of them', async () => {
    world.target.script = () => ({ status: 503 });
    await world.writeRules(webhook('stuck', { retry: { burst: 0, schedule: [1] } }));
    await world.send(Array.from({ length: 12 }, (_, stuck) => ({ stuck })));
    const page = await world.open('webhooks/stuck');
    const standing = page.getByRole('region', { name: 'How it stands' });
    await standing.getByText(/Nothing was taken since .+ the next probe is sent at/).waitFor();
    await standing.getByText('answered 503').waitFor();
    await standing.getByRole('link', { name: '12' }).click();
    await page
      .getByText(/^when the target answers again; next probe at/)
      .first()
      .waitFor();

    await page.goBack();
    await standing.getByRole('button', { name: 'Cancel all that waits…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel 12 deliveries?' });
    await dialog.getByRole('button', { name: 'Cancel them' }).click();
    await standing.getByRole('link', { name: '0', exact: true }).waitFor();
    await world.settled();
  });

  test('tells that a target is gone, and what is lost by deleting its webhook', async () => {
    world.target.script = () => ({ status: 410 });
    await world.writeRules(webhook('gone'));
    await world.send({ gone: 1 });
    const page = await world.open('webhooks/gone');
    const standing = page.getByRole('region', { name: 'How it stands' });
    await standing.getByText('The target answered 410 (gone), so it was switched off').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('One delivery waits for it and is cancelled.').waitFor();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor();
    await world.settled();
  });

  test('redelivers what has failed', async () => {
    world.target.script = () => ({ status: 404, body: 'not here' });
    await world.writeRules(webhook('moved'));
    await world.send({ moved: true });
    await world.settled();
    const page = await world.open('deliveries?webhookId=moved');
    await page
      .getByRole('row', { name: /failed/ })
      .getByRole('link')
      .first()
      .click();
    await page.getByText('answered 404').waitFor();
    await page.getByText('not here').waitFor();

    world.target.script = () => ({ status: 201 });
    await page.getByRole('button', { name: 'Redeliver' }).click();
    await page.getByText('Made again of').waitFor();
    await page.getByText('answered 201').waitFor();
    expect(world.target.to('/moved')).toHaveLength(2);
  });

  test('retries all that failed: first the plan, then the run', async () => {
    world.target.script = () => ({ status: 400 });
    await world.writeRules(webhook('down'));
    for (const number of [1, 2, 3]) await world.send({ down: number });
    await world.settled();
    world.target.script = () => ({});
    await world.redeliverOne('down');
    await world.settled();
    const page = await world.open('deliveries');
    await page.getByRole('button', { name: 'Retry failed…' }).click();
    const dialog = page.getByRole('dialog');
    const start = await dialog.getByRole('button', { name: 'Start' }).elementHandle();
    await dialog.getByLabel('Only of the webhook').fill('down');
    await dialog.getByText('2 of 3 failed deliveries will be made again').waitFor();
    // The same button as before, so that a click that begins with the field left is not lost.
    await start.click();
    await dialog.getByText('Done: 2 deliveries made again').waitFor();
    await world.settled();
    expect(world.target.to('/down')).toHaveLength(6);
  });

  test('makes a webhook from fields of a CDR', async () => {
    const cdr = await world.send({ caller: '+15550123', seconds: 42 });
    const page = await world.open(`cdrs/${cdr}`);
    await page.getByRole('checkbox', { name: 'caller' }).check();
    await page.getByRole('checkbox', { name: 'seconds' }).check();
    await page.getByRole('link', { name: 'Make a webhook of 2 picked' }).click();
    await page.getByText('Yes, this CDR would hit it.').waitFor();
    const second = page.getByRole('group', { name: 'and condition 2' });
    expect(await second.getByLabel('Type').inputValue()).toBe('number');
    expect(await second.getByLabel('Value', { exact: true }).inputValue()).toBe('42');
  });

  test('is used with the keyboard alone', async () => {
    const page = await world.open('webhooks');
    await page.getByRole('link', { name: 'Make the first webhook' }).waitFor();
    const tabTo = async (name: string): Promise<void> => {
      for (let count = 0; count < 60; count += 1) {
        await page.keyboard.press('Tab');
        const focused = page.locator(':focus');
        const label = await focused.evaluate(
          (element: { textContent: string; labels?: Iterable<{ textContent: string }> }) =>
            [...(element.labels ?? [])].map((one) => one.textContent).join() || element.textContent,
        );
        if (label.trim() === name) return;
      }
      throw new Error(`the keyboard does not come to ${name}`);
    };
    await tabTo('Make the first webhook');
    await page.keyboard.press('Enter');
    await page.getByLabel('Name', { exact: true }).waitFor();
    await tabTo('Name');
    await page.keyboard.type('By keys');
    await tabTo('Destination URL');
    await page.keyboard.type(`${world.target.url}/keys`);
    await tabTo('Add condition');
    await page.keyboard.press('Enter');
    // The new row has the focus.
    await page.locator('input:focus').waitFor();
    await page.keyboard.type('status');
    await tabTo('Value');
    await page.keyboard.type('missed');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'By keys', level: 1 }).waitFor();
    expect(world.writtenRules()).toMatchObject([{ name: 'By keys' }]);
  });

  test('makes a webhook of a recipe', async () => {
    const page = await world.open('cdrs?q=no-such-call');
    await page.getByText('No CDR is like that.').waitFor();
    await page.goto(`${world.router.adminUrl}/#/new`);
    // A row that is not complete gives way to what the recipe says.
    await page.getByRole('button', { name: 'Add condition' }).click();
    await page.getByLabel('Begin with a recipe').selectOption({ label: 'Jira issue' });
    const notes = page.getByRole('list', { name: 'Worth knowing' });
    await notes.getByRole('listitem').first().waitFor();
    await page.getByLabel('JIRA_SITE').fill('acme');
    await page.getByRole('button', { name: 'Use this recipe' }).click();
    await expect.poll(() => page.getByLabel('Field').inputValue(), PATIENCE).toBe('$call.missed');
    // The same for the whole as JSON, which stays as it is typed.
    await page.getByRole('button', { name: 'Add condition' }).click();
    await page.getByText('Everything as JSON').click();
    const whole = page.getByRole('textbox', { name: 'Webhook' });
    const written = JSON.parse(await whole.inputValue()) as object;
    await whole.fill(`${JSON.stringify({ ...written, enabled: false })}  `);
    await page.getByRole('group', { name: 'and condition 2' }).waitFor({ state: 'detached' });
    expect(await whole.inputValue()).toMatch(/^[{].*"enabled":false[}] {2}$/);
    await page.getByRole('button', { name: 'Generate a secret' }).click();
    const secret = await page.getByText(/^JIRA_ISSUE_SIGNING_SECRET=/).innerText();
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByRole('heading', { name: 'Jira issue', level: 1 }).waitFor();
    expect(await page.locator(':focus').innerText()).toContain('The webhook was created.');
    expect(await page.getByText(/^JIRA_ISSUE_SIGNING_SECRET=/).innerText()).toBe(secret);
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByText(secret).waitFor({ state: 'detached' });
    expect(world.writtenRules()).toMatchObject([
      { url: 'https://acme.atlassian.net/rest/api/3/issue', auth: { password: '${JIRA_API_TOKEN}' } },
    ]);
    await page
      .getByRole('region', { name: 'How it stands' })
      .getByText('${JIRA_API_TOKEN} is set neither in the environment nor in a secrets file')
      .waitFor();
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('link', { name: /warning/ }).click();
    await page.getByRole('heading', { name: 'Jira issue', level: 1 }).waitFor();
  });

  test('stays live when events do not come through, and hears them again when they can', async () => {
    await world.writeRules(webhook('live'));
    const page = await world.open('');
    const events = '**/api/v1/events';
    await page.context().route(events, (route) => route.fulfill({ status: 502, body: 'restarting' }));
    await page.clock.install();
    await page.goto(`${world.router.adminUrl}/#/webhooks`);
    await page.reload();
    await page.getByRole('link', { name: 'The live one' }).waitFor();
    await world.writeRules(webhook('live', { name: 'Seen by asking' }));
    // Without any answer it tells so, until there is one again.
    const all = '**/api/v1/**';
    await page.context().route(all, (route) => route.abort());
    const gone = page.getByText('The router does not answer. What you see may be old');
    await page.clock.fastForward(11_000);
    await page.clock.fastForward(2_000);
    await gone.waitFor();
    await page.context().unroute(all);
    await page.clock.fastForward(11_000);
    await page.clock.fastForward(2_000);
    await gone.waitFor({ state: 'detached' });

    await page.context().unroute(events);
    const stream = page.waitForResponse((response) => response.url().endsWith('/api/v1/events'));
    await page.clock.fastForward(11_000);
    await page.clock.fastForward(2_000);
    await page.getByRole('link', { name: 'Seen by asking' }).waitFor();

    expect((await stream).status()).toBe(200);
    await world.writeRules(webhook('live', { name: 'Seen by an event' }));
    await page.getByRole('link', { name: 'Seen by an event' }).waitFor({ timeout: 8_000 });
  });

  test('cancels a delivery that waits', async () => {
    await world.writeRules(webhook('held', { enabled: false }));
    await world.send({ held: true });
    const page = await world.open('deliveries?webhookId=held');
    await page
      .getByRole('row', { name: /pending/ })
      .getByRole('link')
      .first()
      .click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByLabel('Summary').getByText('cancelled').waitFor();
    await page.getByRole('button', { name: 'Redeliver' }).waitFor();
    await world.settled();
  });

  test('replays a CDR against the rules of today', async () => {
    const cdr = await world.send({ replayed: true });
    await world.writeRules(webhook('late', { conditions: [{ '==': [{ var: 'replayed' }, true] }] }));
    const page = await world.open(`cdrs/${cdr}`);
    await page.getByRole('button', { name: 'Replay…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 CDR').waitFor();
    await dialog.getByRole('button', { name: 'Start' }).click();
    await dialog.getByText('Done: 1 delivery made again').waitFor();
    await world.settled();
    expect(world.target.to('/late')).toHaveLength(1);
  });

  // The last, because what it leaves waits.
  test('stops a run of many', async () => {
    await world.send(Array.from({ length: 2_100 }, (_, many) => ({ many })));
    await world.writeRules(webhook('many', { enabled: false }));
    const page = await world.open('cdrs');
    await page.getByRole('button', { name: 'Replay…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Start' }).click();
    // It holds back while so many of its deliveries wait for a webhook that is off.
    await dialog.getByRole('button', { name: 'Stop' }).click();
    await dialog.getByText(/^Stopped: [\d,]+ deliveries made again/).waitFor();
    const { data } = (await world.show('/runs')) as { data: { state: string }[] };
    expect(data[0]?.state).toBe('cancelled');
  });
});
