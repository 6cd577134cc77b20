import { pointerTokens, type Problem } from './problem.ts';

/** A place that a pointer names or passes, with those inside it that are looked for. */
interface Place {
  readonly inner: Map<string, Place>;
  /** Where its value begins, 1 for the first line; `undefined` while it is not found. */
  line: number | undefined;
}

/**
 * Adds to each problem the line of `text` that its pointer leads to, or the nearest one above that exists. The text is read
 * once, without making anything of it: rules of many megabytes are looked through at every edit.
 *
 * @param text valid JSON; a text without a value has no lines.
 */
export function withLines(text: string, problems: readonly Problem[]): Problem[] {
  if (problems.length === 0) return [];
  const root = newPlace();
  const places = problems.map(({ pointer }) => placesOn(root, pointerTokens(pointer)));
  new Search(text).find(root);
  return problems.map((problem, index) => {
    const line = places[index]?.findLast((place) => place.line !== undefined)?.line;
    return line === undefined ? problem : { ...problem, line };
  });
}

function newPlace(): Place {
  return { inner: new Map(), line: undefined };
}

/** The places on the way to one, from the whole document on. */
function placesOn(root: Place, tokens: readonly string[]): Place[] {
  const places = [root];
  let place = root;
  for (const token of tokens) {
    const next = place.inner.get(token) ?? newPlace();
    place.inner.set(token, next);
    place = next;
    places.push(place);
  }
  return places;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const BLANK = /[^ \t\r\n\uFEFF]/g;
const SCALAR_END = /[,\]} \t\r\n]|$/g;

/** Looks for places in a JSON text. It descends only where something is looked for, so no nesting is too deep for it. */
class Search {
  readonly #text: string;
  #at = 0;
  #line = 1;
  /** How far lines are counted. */
  #countedTo = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Finds a place whose value comes next, and what is inside it. */
  find(place: Place): void {
    this.#skipBlank();
    if (this.#at >= this.#text.length) return;
    // Of two members with one name the last counts, as JSON.parse has it.
    if (place.line !== undefined) forgetInside(place);
    place.line = this.#lineHere();
    const opening = this.#text[this.#at];
    if (place.inner.size === 0) this.#skipValue();
    else if (opening === '{') this.#eachMember(place);
    else if (opening === '[') this.#eachItem(place);
    else this.#skipValue();
  }

  #eachMember({ inner }: Place): void {
    while (this.#enterNext('}')) {
      const start = this.#at;
      this.#skipString();
      const name = JSON.parse(this.#text.slice(start, this.#at)) as string;
      this.#skipBlank();
      this.#at += 1;
      this.#findOrSkip(inner.get(name));
    }
  }

  #eachItem({ inner }: Place): void {
    for (let index = 0; this.#enterNext(']'); index += 1) this.#findOrSkip(inner.get(String(index)));
  }

  /** Goes over the opening bracket or the comma; false when the container ends there. */
  #enterNext(closing: string): boolean {
    this.#skipBlank();
    const isOver = this.#at >= this.#text.length || this.#text[this.#at] === closing;
    this.#at += 1;
    if (isOver) return false;
    this.#skipBlank();
    if (this.#text[this.#at] !== closing) return true;
    this.#at += 1;
    return false;
  }

  #findOrSkip(place: Place | undefined): void {
    if (place !== undefined) this.find(place);
    else this.#skipValue();
  }

  #skipValue(): void {
    this.#skipBlank();
    const opening = this.#text[this.#at];
    if (opening === '"') this.#skipString();
    else if (opening === '{' || opening === '[') this.#skipContainer();
    else this.#at = this.#next(SCALAR_END);
  }

  #skipContainer(): void {
    const text = this.#text;
    let depth = 0;
    do {
      const code = text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#skipString();
        continue;
      }
      // `[` and `{`, and the brackets that close them, differ in one bit.
      if ((code | 0x20) === 0x7b) depth += 1;
      else if ((code | 0x20) === 0x7d) depth -= 1;
      this.#at += 1;
    } while (depth > 0 && this.#at < text.length);
  }

  #skipString(): void {
    const text = this.#text;
    let end = this.#at;
    let backslashes: number;
    do {
      end = text.indexOf('"', end + 1);
      if (end < 0) end = text.length;
      backslashes = 0;
      while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    } while (backslashes % 2 === 1 && end < text.length);
    this.#at = end + 1;
  }

  #skipBlank(): void {
    this.#at = this.#next(BLANK);
  }

  /** Where one of some characters comes next; the end when none does. */
  #next(characters: RegExp): number {
    characters.lastIndex = this.#at;
    return characters.exec(this.#text)?.index ?? this.#text.length;
  }

  #lineHere(): number {
    for (;;) {
      const end = this.#text.indexOf('\n', this.#countedTo);
      if (end < 0 || end >= this.#at) return this.#line;
      this.#line += 1;
      this.#countedTo = end + 1;
    }
  }
}

function forgetInside({ inner }: Place): void {
  for (const place of inner.values()) {
    place.line = undefined;
    forgetInside(place);
  }
}
