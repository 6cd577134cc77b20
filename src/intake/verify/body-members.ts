import { valueAt } from '../../cdr/cdr.ts';
import { decode } from '../../cdr/decode/decode.ts';
import { UnreadableBodyError } from '../../cdr/decode/unreadable.ts';
import { pathKeys } from '../../cdr/flatten.ts';
import { scalarText } from '../../cdr/mapping/text.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../check/json-text.ts';
import type { SentRequest } from '../sent-request.ts';

/**
 * The values at a path as texts: of every record in a request, and of every item of a list on the way; `''` where there is
 * none. Nothing of what cannot be read.
 */
export function membersIn({ body, query }: SentRequest, path: string): string[] {
  try {
    return decode(body, query).flatMap(({ record }) => textsAt(record, path));
  } catch (error) {
    // It is told as unreadable once it may be read.
    if (error instanceof UnreadableBodyError) return [];
    throw error;
  }
}

function textsAt(record: JsonObject, path: string): string[] {
  const text = scalarText(valueAt(record, path));
  if (text !== undefined) return [text];
  let found: (JsonValue | undefined)[] = [record];
  for (const key of pathKeys(path)) {
    found = found.flatMap((one) => {
      const member = isJsonObject(one) ? one[key] : undefined;
      return Array.isArray(member) && member.length > 0 ? member : [member];
    });
  }
  return found.map((one) => scalarText(one) ?? '');
}
