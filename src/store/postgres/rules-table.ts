import type { JsonValue } from '../../check/json-text.ts';
import { hasErrors, InvalidDocumentError, type Problem } from '../../check/problem.ts';
import { RulesChecker, type CheckedRules } from '../../webhooks/check-rules.ts';
import type { RulesDocument } from '../../webhooks/check-webhooks.ts';
import { BrokenRulesError } from '../../webhooks/rules-errors.ts';
import type { Rules, RulesChange, RulesOptions, RulesStatus } from '../../webhooks/rules.ts';
import { ChangeListener, tellOfChange } from './change-listener.ts';
import { Connections } from './connections.ts';
import { readDatabaseUrl, shownDatabaseUrl, type DatabaseUrl } from './database-url.ts';
import {
  documentOf,
  lockRules,
  NOTHING_KEPT,
  readRules,
  readVersion,
  writeRules,
  type KeptRules,
} from './rules-rows.ts';

/** Rules to begin with. */
export interface RulesSeed {
  readonly path: string;
  /** Gives `undefined` when there are none; throws InvalidDocumentError. */
  readonly read: () => JsonValue | undefined;
}

/** What rules in a database need to work. */
export interface RulesTableOptions extends RulesOptions {
  readonly databaseUrl: string;
  /** What a table that never had any rules begins with. */
  readonly seed: RulesSeed;
  /** Called when the rules have been opened: whether the table was given the seed just now. */
  readonly onOpen: (isSeeded: boolean) => void;
}

/** A document that an edit makes, and what the edit gives back to its caller. */
interface Change<Result> {
  readonly document: JsonValue;
  readonly result: Result;
}

/** How a change went that was tried within a transaction. */
type Tried<Result> = { readonly result: Result; readonly put: () => void } | { readonly error: unknown };

/** One for edits, one for looking. */
const CONNECTIONS = 2;

/**
 * How often the version is looked at: a change of any node has to be in force within a second, also where the database
 * tells nobody of it.
 */
const POLL_INTERVAL_MS = 500;

/**
 * Rules in tables of a PostgreSQL database, beside the store's: any number of routers share them. Only rows that differ are
 * written and read. While the database is away, the rules in force stay.
 */
export class RulesTable implements Rules {
  readonly #options: RulesTableOptions;
  readonly #database: DatabaseUrl;
  readonly #connections: Connections;
  readonly #checker: RulesChecker;
  readonly #listener: ChangeListener;
  #kept = NOTHING_KEPT;
  #document: RulesDocument = { webhooks: [] };
  #status: RulesStatus;
  #turn: Promise<unknown> = Promise.resolve();
  #polling: NodeJS.Timeout | undefined;
  #isLookPlanned = false;

  /** @throws Error when the database URL cannot be used. */
  constructor(options: RulesTableOptions) {
    this.#options = options;
    this.#database = readDatabaseUrl(options.databaseUrl);
    this.#connections = new Connections(this.#database, CONNECTIONS);
    this.#checker = new RulesChecker(options.schemaCheck, options.targetProblem);
    this.#listener = new ChangeListener(this.#database, this.#look);
    const path = shownDatabaseUrl(options.databaseUrl);
    this.#status = { kind: 'table', path, loadedAt: undefined, warnings: [], errors: [] };
  }

  get status(): RulesStatus {
    return this.#status;
  }

  get document(): RulesDocument {
    return this.#document;
  }

  async open(): Promise<void> {
    const isSeeded = await this.#inTurn(async () => {
      await this.#refresh();
      return this.#kept.version === 0 && (await this.#seed());
    });
    if (this.#status.errors.length > 0) {
      throw new InvalidDocumentError(this.#status.path, this.#status.errors);
    }
    this.#options.onOpen(isSeeded);
    this.#listener.start();
    this.#polling = setInterval(this.#look, POLL_INTERVAL_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#polling);
    await this.#listener.close();
    await this.#turn;
    await this.#connections.close();
  }

  edit<Result>(change: RulesChange<Result>): Promise<Result> {
    return this.#inTurn(() =>
      this.#change((before) => {
        const { path, errors } = this.#status;
        if (errors.length > 0) throw new BrokenRulesError(path, errors);
        const { webhooks, result } = change(before.webhooks, before.connections ?? {});
        return { document: { ...before, webhooks } as unknown as JsonValue, result };
      }),
    );
  }

  replace(change: (before: RulesDocument, refused?: RulesDocument) => JsonValue): Promise<void> {
    return this.#inTurn(() =>
      this.#change((before) => ({ document: change(before, this.#status.refused), result: undefined })),
    );
  }

  problemsOf(document: JsonValue): readonly Problem[] {
    return this.#checker.check(document).problems;
  }

  /** Gives a table that never had any rules its first, unless another node is doing it. */
  async #seed(): Promise<boolean> {
    const { path, read } = this.#options.seed;
    const document = read();
    if (document === undefined) return false;
    const errors = errorsIn(this.problemsOf(document));
    if (errors.length > 0) throw new InvalidDocumentError(path, errors);
    return this.#change((before) => {
      const isFirst = this.#kept.version === 0;
      return { document: isFirst ? document : (before as unknown as JsonValue), result: isFirst };
    });
  }

  async #change<Result>(change: (before: RulesDocument) => Change<Result>): Promise<Result> {
    const tried = await this.#connections.transaction(async (session): Promise<Tried<Result>> => {
      await lockRules(session);
      this.#take(await readRules(session, this.#kept));
      const checked = this.#tryChange(change);
      if ('error' in checked) return checked;
      const document = checked.document as unknown as RulesDocument;
      const kept = document === this.#document ? this.#kept : await writeRules(session, this.#kept, document);
      const put = (): void => {
        if (kept !== this.#kept) this.#putInForce(kept, document, checked);
      };
      return { result: checked.result, put };
    });
    // What the change has against it is no failure of the database, so it goes around the transaction.
    if ('error' in tried) throw tried.error;
    tried.put();
    void tellOfChange(this.#connections, this.#database);
    return tried.result;
  }

  #tryChange<Result>(
    change: (before: RulesDocument) => Change<Result>,
  ): (Change<Result> & CheckedRules) | { readonly error: unknown } {
    try {
      const changed = change(this.#document);
      const checked = this.#checker.check(changed.document);
      if (!hasErrors(checked.problems)) return { ...changed, ...checked };
      return { error: new InvalidDocumentError('the rules', checked.problems) };
    } catch (error) {
      return { error };
    }
  }

  /** Puts in force what others have changed. */
  async #refresh(): Promise<void> {
    if ((await this.#connections.use(readVersion)) === this.#kept.version) return;
    const kept = await this.#connections.transaction(async (session) => {
      await session.rows('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return readRules(session, this.#kept);
    });
    this.#take(kept);
  }

  #take(kept: KeptRules): void {
    if (kept === this.#kept) return;
    const document = documentOf(kept);
    const checked = this.#checker.check(document as unknown as JsonValue);
    if (hasErrors(checked.problems)) this.#refuse(kept, document, checked.problems);
    else this.#putInForce(kept, document, checked);
  }

  #putInForce(kept: KeptRules, document: RulesDocument, { webhooks, problems }: CheckedRules): void {
    this.#options.registry.replace(webhooks);
    this.#kept = kept;
    this.#document = document;
    this.#status = {
      ...this.#status,
      loadedAt: new Date(),
      warnings: problems,
      errors: [],
      refused: undefined,
    };
    this.#options.onChange(this.#status);
  }

  /** Rules that this version cannot use, as a newer one may have written them: those in force stay. */
  #refuse(kept: KeptRules, refused: RulesDocument, problems: readonly Problem[]): void {
    this.#kept = kept;
    this.#status = { ...this.#status, errors: errorsIn(problems), refused };
    this.#options.onChange(this.#status);
  }

  /** Looks for changes soon; once is enough, however many tell of one. */
  #look = (): void => {
    if (this.#isLookPlanned) return;
    this.#isLookPlanned = true;
    const look = async (): Promise<void> => {
      this.#isLookPlanned = false;
      await this.#refresh();
      if (this.#status.errors.length === 0) this.#options.registry.departures.confirmed();
    };
    // A database that is away is told of by the store; it is looked at again in a moment.
    this.#inTurn(look).catch(() => undefined);
  };

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function errorsIn(problems: readonly Problem[]): Problem[] {
  return problems.filter(({ severity }) => severity === 'error');
}
