import { XMLParser } from 'fast-xml-parser';
import { isJsonObject } from '../../check/json-text.ts';
import type { DecodedCdr } from '../cdr.ts';
import { decodedOfJson } from './pairs.ts';
import { UnreadableBodyError } from './unreadable.ts';

/** Texts stay texts, numeric references are resolved; prefixes are part of the name whether declared or not, because FreeSWITCH does not declare them. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  strictReservedNames: false,
  onDangerousProperty: (name) => name,
});

/**
 * Reads XML as one CDR: an object whose only member is the root element. An element with others inside is an object,
 * repeated elements are an array, an attribute is a member whose name begins with `@`, text beside them is `#text`.
 *
 * @throws UnreadableBodyError also for a DOCTYPE, which no phone system sends and which could define entities.
 */
export function decodeXml(text: string): DecodedCdr {
  if (/<!DOCTYPE/i.test(text)) throw new UnreadableBodyError('XML with a DOCTYPE is not read');
  const decoded = parsed(text);
  const [root = '', ...others] = Object.keys(decoded.record);
  // The parser closes what is open at the end; a text that was cut off must not pass for a whole one.
  if (others.length > 0 || !endsWithTag(text, root)) {
    throw new UnreadableBodyError('the body is not valid XML: it is not one element with its end');
  }
  return decoded;
}

function parsed(text: string): DecodedCdr {
  try {
    return decodedOfJson(JSON.stringify(parser.parse(text)));
  } catch {
    // Its messages may quote the text.
    throw new UnreadableBodyError(
      'the body is not valid XML, is nested too deeply, or has an element with a name such as __proto__',
    );
  }
}

function endsWithTag(text: string, root: string): boolean {
  const end = text.trimEnd();
  // An element that is empty has no other before it, only a declaration or a comment.
  if (end.endsWith('/>')) return /(?:^|\?>|-->)\s*<[^<>]*\/>$/.test(end);
  return /<\/([^\s<>]+)\s*>$/.exec(end)?.[1] === root;
}

/** What the root element holds. */
export function rootOf({ record }: DecodedCdr): DecodedCdr | undefined {
  const [root] = Object.values(record);
  return isJsonObject(root) ? { raw: JSON.stringify(root), record: root } : undefined;
}
