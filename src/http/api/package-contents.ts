import type { Recipe } from '../../webhooks/recipes.ts';

/** What comes with the package and the API tells of. */
export interface PackageContents {
  readonly version: string;
  readonly recipes: readonly Recipe[];
  /** What the fields of the overlay mean, by their names without `$call.`. */
  readonly callDescriptions: Readonly<Record<string, string>>;
}
