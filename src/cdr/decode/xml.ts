import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { JsonObject } from '../../check/json-text.ts';
import type { DecodedCdr } from '../cdr.ts';
import { decodedOfJson } from './pairs.ts';
import { UnreadableBodyError } from './unreadable.ts';

/** Texts stay texts; prefixes are part of the name whether declared or not, because FreeSWITCH does not declare them. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
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
  const validity = XMLValidator.validate(text);
  if (validity !== true) {
    // Its message may quote the text.
    const { line, col } = validity.err;
    throw new UnreadableBodyError(`the body is not valid XML at line ${line}, column ${col}`);
  }
  try {
    return decodedOfJson(JSON.stringify(parser.parse(text)));
  } catch {
    // It limits depth and refuses names such as __proto__.
    throw new UnreadableBodyError('the XML is nested too deeply or uses a name that is not allowed');
  }
}

/** What the root element holds. */
export function rootOf({ record }: DecodedCdr): DecodedCdr | undefined {
  const [root] = Object.values(record);
  return typeof root === 'object' && root !== null && !Array.isArray(root)
    ? { raw: JSON.stringify(root), record: root as JsonObject }
    : undefined;
}
