import { Router } from 'express';
import { JsonSyntaxError, parseJson } from '../../check/json-text.ts';
import { withLines } from '../../check/lines.ts';
import { errorAt, hasErrors, InvalidDocumentError, type Problem } from '../../check/problem.ts';
import { differenceOf } from '../../webhooks/rules-difference.ts';
import { BrokenRulesError } from '../../webhooks/rules-errors.ts';
import { maskRules, restoreMaskedRules } from '../../webhooks/rules-secrets.ts';
import { MOST_PROBLEMS_TOLD, type Rules } from '../../webhooks/rules.ts';
import { etagOf, isMeant, refuseStale, requiredIfMatch } from '../preconditions.ts';
import { allowOnly } from '../problem.ts';
import { bodyText, jsonBody, readJson } from './body.ts';

/** `/rules`: the rules document as a whole, checking one, and how it stands with the file. */
export function rulesRoutes({ rules }: { readonly rules: Rules }): Router {
  const router = Router();
  router
    .route('/rules')
    .get((_request, response) => {
      response.set('etag', etagOf(rules.document)).json(maskRules(rules.document));
    })
    .put(readJson, async (request, response) => {
      const body = jsonBody(request);
      const ifMatch = requiredIfMatch(request);
      await rules.replace((stored, refused) => {
        const { path, errors } = rules.status;
        if (refused === undefined) refuseStale(ifMatch, etagOf(stored), 'the rules document');
        else if (!isMeant(ifMatch, etagOf(refused))) throw new BrokenRulesError(path, errors);
        return restoreMaskedRules(body, stored);
      });
      response.set('etag', etagOf(rules.document)).json(maskRules(rules.document));
    })
    .all(allowOnly('GET', 'PUT'));
  router
    .route('/rules\\:validate')
    .post(readJson, (request, response) => {
      const problems = problemsIn(bodyText(request), rules);
      const shown = problems.map((problem) => ({ severity: problem.severity, ...showProblem(problem) }));
      response.json({ valid: !hasErrors(problems), problems: shown });
    })
    .all(allowOnly('POST'));
  router
    .route('/rules/status')
    .get((_request, response) => {
      response.json(showRulesStatus(rules));
    })
    .all(allowOnly('GET'));
  return router;
}

/** How it stands with the rules, with the first of their problems. */
export function showRulesStatus({ status, document }: Rules): object {
  const { kind, path, loadedAt, warnings, errors, refused } = status;
  return {
    kind,
    path,
    loadedAt,
    etag: etagOf(document),
    warningCount: warnings.length,
    warnings: warnings.slice(0, MOST_PROBLEMS_TOLD).map(showProblem),
    errorCount: errors.length,
    errors: errors.slice(0, MOST_PROBLEMS_TOLD).map(showProblem),
    ...(refused === undefined
      ? {}
      : { refused: { etag: etagOf(refused), difference: differenceOf(document, refused) } }),
  };
}

function showProblem({ pointer, message, line }: Problem): object {
  return { pointer, detail: message, ...(line === undefined ? {} : { line }) };
}

/** A text that is not JSON is a rules document with an error, and not a request with one. */
function problemsIn(text: string, rules: Rules): Problem[] {
  try {
    return withLines(text, rules.problemsOf(restoreMaskedRules(parseJson(text), rules.document)));
  } catch (error) {
    if (error instanceof InvalidDocumentError) return withLines(text, error.problems);
    if (!(error instanceof JsonSyntaxError)) throw error;
    return [{ ...errorAt('', error.message), line: error.line }];
  }
}
