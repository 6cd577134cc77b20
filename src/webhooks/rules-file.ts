import { existsSync, realpathSync, unwatchFile, watchFile } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Low } from 'lowdb';
import { JsonSyntaxError, parseJson, type JsonValue } from '../check/json-text.ts';
import { withLines } from '../check/lines.ts';
import { errorAt, hasErrors, InvalidDocumentError, type Problem } from '../check/problem.ts';
import { RulesChecker, type CheckedRules } from './check-rules.ts';
import type { RulesDocument } from './check-webhooks.ts';
import { DurableFile } from './durable-file.ts';
import type { RulesFileOptions } from './rules-file-options.ts';
import { BrokenRulesError, RulesFileNotWritableError } from './rules-errors.ts';
import { MOST_PROBLEMS_TOLD, type Rules, type RulesChange, type RulesStatus } from './rules.ts';

interface RulesText {
  readonly text: string;
  readonly document: JsonValue;
}

/** How often the file is looked at; a hand edit has to be in force within a second. */
const WATCH_INTERVAL_MS = 300;

/** How often it is said that the rules in force are those of the file. */
const CONFIRM_INTERVAL_MS = 500;

/** How long a file that cannot be read is given before that is told. */
const HALF_WRITTEN_MS = 100;

/** The copy stands in another folder than the rules, which may hold secrets. */
const OWNER_ONLY = 0o600;

/** What a file that is not there stands for. */
const NO_FILE: RulesText = { text: '', document: { webhooks: [] } };

/** Rules in `rules.json`: reads it, watches it, and writes edits back. The last rules without an error outlive a restart. */
export class RulesFile implements Rules {
  readonly #options: RulesFileOptions;
  readonly #path: string;
  readonly #file: Low<RulesText>;
  readonly #checker: RulesChecker;
  readonly #lastGood: DurableFile;
  #inForce: RulesText | undefined;
  #status: RulesStatus;
  #turn: Promise<unknown> = Promise.resolve();
  #secondLook: NodeJS.Timeout | undefined;
  #confirming: NodeJS.Timeout | undefined;

  constructor(options: RulesFileOptions) {
    this.#options = options;
    // Where a link leads to is what is read, watched and replaced; the link stays.
    this.#path = existsSync(options.path) ? realpathSync(options.path) : options.path;
    this.#file = this.#openFile();
    this.#checker = new RulesChecker(options.schemaCheck, options.targetProblem);
    this.#lastGood = new DurableFile(options.lastGoodPath, OWNER_ONLY);
    this.#status = { kind: 'file', path: options.path, loadedAt: undefined, warnings: [], errors: [] };
  }

  get status(): RulesStatus {
    return this.#status;
  }

  get document(): RulesDocument {
    return (this.#inForce ?? NO_FILE).document as unknown as RulesDocument;
  }

  /** When the file cannot be used, the last good rules are put in force instead, if there are any. */
  async open(): Promise<void> {
    const errors = await this.#inTurn(() => this.#load());
    if (errors.length > 0 && !(await this.#inTurn(() => this.#loadLastGood()))) {
      throw new InvalidDocumentError(this.#status.path, errors);
    }
    watchFile(this.#path, { interval: WATCH_INTERVAL_MS }, this.#reload);
    // What was changed between the reading and the watching is only seen by looking once more.
    this.#secondLook = setTimeout(this.#reload, WATCH_INTERVAL_MS);
    this.#confirming = setInterval(() => {
      if (this.#status.errors.length === 0) this.#options.registry.departures.confirmed();
    }, CONFIRM_INTERVAL_MS);
  }

  async close(): Promise<void> {
    unwatchFile(this.#path, this.#reload);
    clearTimeout(this.#secondLook);
    clearInterval(this.#confirming);
    await this.#turn;
  }

  edit<Result>(change: RulesChange<Result>): Promise<Result> {
    return this.#change((before) => {
      const { webhooks, result } = change(before.webhooks, before.connections ?? {});
      return { document: { ...before, webhooks } as unknown as JsonValue, result };
    });
  }

  replace(change: (before: RulesDocument) => JsonValue): Promise<void> {
    return this.#change((before) => {
      const document = change(before);
      const problems = this.problemsOf(document);
      if (hasErrors(problems)) throw new InvalidDocumentError('the rules', problems);
      return { document, result: undefined };
    });
  }

  problemsOf(document: JsonValue): readonly Problem[] {
    return this.#checker.check(document).problems;
  }

  #change<Result>(
    change: (before: RulesDocument) => { readonly document: JsonValue; readonly result: Result },
  ): Promise<Result> {
    return this.#inTurn(async () => {
      for (;;) {
        const errors = await this.#load();
        if (errors.length > 0) throw new BrokenRulesError(this.#status.path, errors);
        const before = this.#inForce;
        const { document, result } = change(this.document);
        const changed = { document, text: `${JSON.stringify(document, null, 2)}\n` };
        const checked = this.#check(changed);
        // Of many webhooks that took a while: what somebody has saved meanwhile is changed, not overwritten.
        if (!(await this.#isStill(before))) continue;
        await this.#write(changed);
        await this.#putInForce(changed, checked);
        return result;
      }
    });
  }

  /** Whether the file has not been changed since it was put in force. */
  async #isStill(before: RulesText | undefined): Promise<boolean> {
    const text = await new DurableFile(this.#path).read().catch(() => null);
    return (text ?? '') === (before?.text ?? '');
  }

  /** @throws RulesFileNotWritableError */
  async #write(rules: RulesText): Promise<void> {
    try {
      this.#file.data = rules;
      await this.#file.write();
    } catch (error) {
      throw new RulesFileNotWritableError(this.#path, error);
    }
  }

  /** Reads the file and puts it in force if it is new and without error. Returns its errors. */
  async #load(): Promise<readonly Problem[]> {
    try {
      const read = await this.#read();
      if (read.text !== this.#inForce?.text) await this.#putInForce(read, this.#check(read));
      return this.#report([]);
    } catch (error) {
      if (error instanceof InvalidDocumentError) return this.#report(error.problems);
      return this.#report([errorAt('', `cannot be loaded: ${(error as Error).message}`)]);
    }
  }

  /** @throws InvalidDocumentError when the file cannot be read. */
  async #read(): Promise<RulesText> {
    this.#file.data = NO_FILE;
    try {
      await this.#file.read().catch(async () => {
        // Many editors write a file in several steps; what is half written now is whole in a moment.
        await wait(HALF_WRITTEN_MS);
        await this.#file.read();
      });
    } catch (error) {
      const line = error instanceof JsonSyntaxError ? { line: error.line } : {};
      const problem = { ...errorAt('', `cannot be read: ${(error as Error).message}`), ...line };
      throw new InvalidDocumentError(this.#status.path, [problem]);
    }
    // A router may start before it has any rules; a file that was there and is gone is a mistake.
    const hadRules = (this.#inForce ?? (await this.#readLastGood()) ?? NO_FILE) !== NO_FILE;
    if (this.#file.data === NO_FILE && hadRules) {
      throw new InvalidDocumentError(this.#status.path, [errorAt('', 'the file is gone')]);
    }
    return this.#file.data;
  }

  /** @throws InvalidDocumentError when there is an error in the rules, with its line. */
  #check({ text, document }: RulesText): CheckedRules {
    const checked = this.#checker.check(document);
    const errors = checked.problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new InvalidDocumentError(this.#status.path, withLines(text, errors));
    const told = withLines(text, checked.problems.slice(0, MOST_PROBLEMS_TOLD));
    return { ...checked, problems: [...told, ...checked.problems.slice(MOST_PROBLEMS_TOLD)] };
  }

  async #putInForce(rules: RulesText, { webhooks, problems }: CheckedRules): Promise<void> {
    this.#options.registry.replace(webhooks);
    this.#inForce = rules;
    this.#status = { ...this.#status, loadedAt: new Date(), warnings: problems, errors: [] };
    this.#options.onChange(this.#status);
    // Only a start with a broken file needs the copy; without it such a start is refused, and nothing is lost.
    if (rules.text !== '') await this.#lastGood.write(rules.text).catch(() => undefined);
  }

  /** Makes the file's errors known when they are others than before. */
  #report(errors: readonly Problem[]): readonly Problem[] {
    if (JSON.stringify(errors) !== JSON.stringify(this.#status.errors)) {
      this.#status = { ...this.#status, errors };
      this.#options.onChange(this.#status);
    }
    return errors;
  }

  async #loadLastGood(): Promise<boolean> {
    const lastGood = await this.#readLastGood();
    if (lastGood === undefined) return false;
    const { errors } = this.#status;
    await this.#putInForce(lastGood, this.#check(lastGood));
    this.#report(errors);
    return true;
  }

  async #readLastGood(): Promise<RulesText | undefined> {
    try {
      const text = await this.#lastGood.read();
      return text === null ? undefined : { text, document: parseJson(text) };
    } catch {
      // A damaged copy is as good as none.
      return undefined;
    }
  }

  #reload = (): void => {
    void this.#inTurn(() => this.#load());
  };

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #openFile(): Low<RulesText> {
    const file = new DurableFile(this.#path);
    const read = async (): Promise<RulesText | null> => {
      const text = await file.read();
      if (text === null) return null;
      // What was written or read last is parsed and checked already.
      return text !== '' && text === this.#inForce?.text
        ? this.#inForce
        : { text, document: parseJson(text) };
    };
    return new Low({ read, write: ({ text }) => file.write(text) }, NO_FILE);
  }
}
