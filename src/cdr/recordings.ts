import type { JsonObject, JsonValue } from '../check/json-text.ts';
import { REDACTED } from './redaction.ts';
import { fieldOf, valueAt, type Cdr } from './cdr.ts';
import type { AskProfile, RecordingsProfile, VendorAnswer } from './vendor-profile.ts';

/** A recording that the phone system is asked to send. */
export interface AskedRecording {
  /** As the vendor names it. */
  readonly file: string;
  /** Where it is to be sent. */
  readonly url: string;
}

/** The file names or addresses of a call's recordings, as the vendor gives them; one that was redacted is no name. */
export function recordingsIn(cdr: Cdr, { list: path, file }: RecordingsProfile): string[] {
  const list = fieldOf(cdr, path);
  const files = Array.isArray(list) ? list.map((one) => valueAt(one, file)) : [];
  return files.filter((one) => typeof one === 'string' && one !== '' && one !== HIDDEN) as string[];
}

const HIDDEN = JSON.parse(REDACTED) as string;

/** A vendor's answer that asks for recordings, too. */
export function askingAnswer(
  answer: VendorAnswer,
  { list, item }: AskProfile,
  asked: readonly AskedRecording[],
): VendorAnswer {
  const items = asked.map((one) => filled(item, one));
  return { ...answer, body: { ...(answer.body as JsonObject), [list]: items } };
}

function filled(template: JsonValue, asked: AskedRecording): JsonValue {
  if (typeof template === 'string') {
    return template.replaceAll(/\{(file|url)\}/g, (_, name: keyof AskedRecording) => asked[name]);
  }
  if (typeof template !== 'object' || template === null) return template;
  if (Array.isArray(template)) return template.map((one: JsonValue) => filled(one, asked));
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, filled(value, asked)]));
}
