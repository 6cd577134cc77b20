import { CONDITION_LIMITS } from '../match/condition-limits.ts';
import { complaintAboutPath } from './context.ts';

/** `{{path}}` or `{{path|default}}` in a text. */
export interface Placeholder {
  readonly path: string;
  /** What stands in when the path is absent, null or an empty text. */
  readonly otherwise: string | undefined;
}

/** A text of a template, taken apart: what is written out, and placeholders. */
export type TextParts = readonly (string | Placeholder)[];

const PLACEHOLDER = /\{\{([^{}|]*)(?:\|([^{}]*))?\}\}/g;

/** Takes a text apart. `complaints` tells what is wrong with it; when there is none, `parts` can be used. */
export function partsOf(text: string): { parts: TextParts; complaints: readonly string[] } {
  if (!text.includes('{{')) return { parts: [text], complaints: [] };
  const parts: (string | Placeholder)[] = [];
  const complaints: string[] = [];
  let end = 0;
  const addWritten = (written: string): void => {
    if (written.includes('{{')) {
      complaints.push('there is a "{{" without its "}}" or with braces between them');
    }
    if (written !== '') parts.push(written);
  };
  for (const match of text.matchAll(PLACEHOLDER)) {
    addWritten(text.slice(end, match.index));
    end = match.index + match[0].length;
    const placeholder = { path: (match[1] ?? '').trim(), otherwise: match[2]?.trim() };
    parts.push(placeholder);
    const complaint = complaintAbout(placeholder.path);
    if (complaint !== undefined) complaints.push(complaint);
  }
  addWritten(text.slice(end));
  return { parts, complaints };
}

function complaintAbout(path: string): string | undefined {
  if (path === '') return 'a placeholder names a path, such as {{call.from}}';
  return path.length > CONDITION_LIMITS.pathCharacters
    ? `a path of more than ${CONDITION_LIMITS.pathCharacters} characters`
    : complaintAboutPath(path);
}
