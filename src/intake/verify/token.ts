import { isJsonObject, type JsonObject, type JsonValue } from '../../check/json-text.ts';
import { valueAt } from '../../cdr/cdr.ts';
import { decode } from '../../cdr/decode/decode.ts';
import { UnreadableBodyError } from '../../cdr/decode/unreadable.ts';
import { pathKeys } from '../../cdr/flatten.ts';
import { scalarText } from '../../cdr/mapping/text.ts';
import type { TokenVerification } from '../../cdr/vendor-profile.ts';
import { headerOf, type SentRequest } from '../sent-request.ts';
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
  if (place === 'query') return new URLSearchParams(request.query).getAll(name);
  try {
    return decode(request.body, request.query).flatMap(({ record }) => tokensAt(record, name));
  } catch (error) {
    // It is told as unreadable once it may be read.
    if (error instanceof UnreadableBodyError) return [];
    throw error;
  }
}

/** The texts at a path, with every item of a list on the way; an empty one where there is none. */
function tokensAt(record: JsonObject, path: string): string[] {
  const token = scalarText(valueAt(record, path));
  if (token !== undefined) return [token];
  let found: (JsonValue | undefined)[] = [record];
  for (const key of pathKeys(path)) {
    found = found.flatMap((one) => {
      const member = isJsonObject(one) ? one[key] : undefined;
      return Array.isArray(member) && member.length > 0 ? member : [member];
    });
  }
  return found.map((one) => scalarText(one) ?? '');
}
