import { Router } from 'express';
import type { Recipe } from '../../webhooks/recipes.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import type { PackageContents } from './package-contents.ts';

/** `/recipes`: the webhooks that come with the package, to be filled in. */
export function recipeRoutes({ contents: { recipes } }: { readonly contents: PackageContents }): Router {
  const router = Router();
  router
    .route('/recipes')
    .get((_request, response) => {
      response.json({ data: recipes.map(showRecipe), nextCursor: null });
    })
    .all(allowOnly('GET'));
  router
    .route('/recipes/:id')
    .get((request, response) => {
      const { id } = request.params;
      const recipe = recipes.find((one) => one.id === id);
      if (recipe === undefined) throw new HttpProblem('not-found', `there is no recipe "${id}"`);
      response.json({ ...showRecipe(recipe), notes: recipe.notes, webhook: recipe.webhook });
    })
    .all(allowOnly('GET'));
  return router;
}

function showRecipe({ id, title, description, documents, fillIn }: Recipe): object {
  return {
    id,
    title,
    description,
    documents,
    fillIn: fillIn.map(({ secret = false, ...about }) => ({ ...about, secret })),
  };
}
