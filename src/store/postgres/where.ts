import type { Parameter } from './session.ts';

/** A WHERE clause that is put together, with its parameters. */
export class Where {
  readonly values: Parameter[] = [];
  readonly #conditions: string[] = [];

  /** Adds a condition that a value is compared in, when there is one; `comparison` ends with its operator. */
  and(comparison: string, value: Parameter): void {
    if (value !== undefined) this.#conditions.push(`${comparison} ${this.parameter(value)}`);
  }

  /** Adds a condition without a value. */
  plain(condition: string): void {
    this.#conditions.push(condition);
  }

  /** Adds a parameter; gives the SQL that stands for it. */
  parameter(value: Parameter): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  get clause(): string {
    return this.#conditions.length === 0 ? '' : `WHERE ${this.#conditions.join(' AND ')}`;
  }
}
