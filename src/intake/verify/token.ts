import type { TokenVerification } from '../../cdr/vendor-profile.ts';
import { headerOf, type SentRequest } from '../sent-request.ts';
import { membersIn } from './body-members.ts';
import { isSame } from './same.ts';
import type { Check } from './verifier.ts';

/** Verifies a secret that is sent as it is. */
export function tokenCheck({ token }: TokenVerification): Check {
  const place = token.in === 'body' ? 'member' : token.in === 'query' ? 'query parameter' : 'header';
  return ({ request, secret }) => {
    const given = tokensIn(request, token);
    const isRight = given.length > 0 && given.every((one) => isSame(one, secret));
    return isRight ? undefined : `the ${place} "${token.name}" does not hold the token`;
  };
}

/** Every token in the request: a batch needs one in each of its records, and a list on the way in each of its items. */
function tokensIn(request: SentRequest, { in: place, name }: TokenVerification['token']): string[] {
  if (place === 'header') return [headerOf(request, name)];
  return place === 'query' ? new URLSearchParams(request.query).getAll(name) : membersIn(request, name);
}
