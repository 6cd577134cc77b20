/** What one webhook's conditions may cost. A condition within these bounds cannot hold up the others. */
export const CONDITION_LIMITS = {
  /** Conditions in a webhook. */
  conditions: 100,
  /** Expressions and lists inside one another. */
  depth: 32,
  /** Characters of one condition printed as JSON. */
  characters: 32_768,
  /** Items of a literal list, and arguments of an operator. */
  items: 1_000,
  /** Characters of a field's path. */
  pathCharacters: 256,
  /** Keys in a field's path: as deep as a CDR is flattened. */
  pathKeys: 32,
  /** `some`, `all` and the like inside one another. */
  nesting: 2,
  /** Evaluations of one expression for one CDR that literal lists around it may cause. */
  evaluations: 10_000,
  /** Items of one literal list times its evaluations. */
  itemsMade: 100_000,
} as const;
