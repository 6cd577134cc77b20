import type { RulesOptions } from './rules.ts';

/** What a rules file needs to work. */
export interface RulesFileOptions extends RulesOptions {
  readonly path: string;
  /** Where the last rules without an error are kept, for a start with a broken file. */
  readonly lastGoodPath: string;
}
