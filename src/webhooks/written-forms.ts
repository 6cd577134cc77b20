/**
 * The ways in which a text is written in what is sent: as it is, in a url, in a form, and in JSON. Whoever was sent it may send
 * it back in any of them.
 */
export function writtenForms(text: string): readonly string[] {
  const known = formsOf.get(text);
  if (known !== undefined) return known;
  const forms = text === '' ? [] : makeForms(text);
  if (formsOf.size >= MOST_KNOWN) formsOf.clear();
  formsOf.set(text, forms);
  return forms;
}

/** Whatever is shown is looked through for the same few secrets. */
const formsOf = new Map<string, readonly string[]>();
const MOST_KNOWN = 1_000;

function makeForms(text: string): string[] {
  const inUrl = encodeURIComponent(text.toWellFormed());
  const forms = [
    text,
    inUrl,
    ...inUrls(text),
    new URLSearchParams([['', text]]).toString().slice(1),
    JSON.stringify(text).slice(1, -1),
    decoded(text),
  ];
  const lowerCase = forms.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  return [...new Set([...forms, ...lowerCase])];
}

/** As it stands in a url that was made with it, which escapes less (WHATWG URL §1.3). */
function inUrls(text: string): string[] {
  const url = new URL('http://x/');
  url.search = `?${text}`;
  url.pathname = `/${text}`;
  return [url.search.slice(1), url.pathname.slice(1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `user:password@` of a url, or a name alone. */
const USERINFO = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i;

/** What a url has before its host, `undefined` when that is nothing. */
export function userinfoOf(url: string): string | undefined {
  return USERINFO.exec(url)?.[1];
}

/** The credentials in an Authorization header that are sent for what a url has before its host (RFC 7617). */
export function basicOfUserinfo(userinfo: string): string {
  const [user = '', ...password] = userinfo.split(':');
  return Buffer.from(`${decoded(user)}:${decoded(password.join(':'))}`).toString('base64');
}

/** A text in which each of several is replaced, the longest first: one may be the beginning of another. */
export function withReplaced(
  shown: string,
  replacements: readonly (readonly [found: string, replacement: string])[],
): string {
  // Marks for private use, so that nothing is found in what has been put in.
  const mark = (index: number): string => String.fromCharCode(FIRST_MARK + index);
  const ordered = replacements
    .filter(([found]) => found !== '')
    .toSorted(([a], [b]) => b.length - a.length)
    .slice(0, MOST_MARKS);
  if (ordered.length === 0) return shown;
  const marked = ordered.reduce((text, [found], index) => text.replaceAll(found, mark(index)), shown);
  return marked.replaceAll(MARKS, (one) => ordered[one.charCodeAt(0) - FIRST_MARK]?.[1] ?? one);
}

const FIRST_MARK = 0xe000;
const MOST_MARKS = 6_400;
const MARKS = /[\uE000-\uF8FF]/g;
