import { useMemo, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import type { JsonObject, Problem } from '../api/types.ts';
import { isSameJson } from '../conditions/equal.ts';
import { problemsAt, rebased, withMember } from './document.ts';
import type { FormProps } from './form-props.ts';

/** A version of a webhook as the router has it. */
export interface Version {
  readonly document: JsonObject;
  /** `undefined` for a webhook that is not stored yet. */
  readonly etag: string | undefined;
}

/** A webhook while it is edited. */
export interface Draft extends FormProps {
  /** What it was made of. */
  readonly base: Version;
  readonly isChanged: boolean;
  /** Another number each time that texts which could not be read are thrown away, and fields begin anew. */
  readonly generation: number;
  /** The same for the whole webhook as JSON. */
  readonly textGeneration: number;
  /** Why it cannot be saved yet. */
  readonly incomplete: readonly string[];
  readonly error: Error | undefined;
  /** Takes another version over and forgets what was typed. */
  readonly take: (version: Version) => void;
  /** Goes on from the version that `sent` was saved as, and keeps what was typed since. */
  readonly goOn: (saved: Version, sent: JsonObject) => void;
  /** Replaces what is edited and forgets what was typed; the version it is compared with stays. */
  readonly replace: (document: JsonObject) => void;
  /** The same from the whole webhook as JSON, which goes on as it is typed. */
  readonly rewrite: (document: JsonObject) => void;
  readonly fail: (error: Error | undefined) => void;
}

/** The place of the whole webhook as JSON. */
export const WHOLE = '';

/** Keeps what is typed into the editor. */
export function useDraft(first: Version, begun: JsonObject = first.document): Draft {
  const [base, setBase] = useState(first);
  const [draft, setDraft] = useState(begun);
  const [reasons, setReasons] = useState<Readonly<Record<string, string>>>({});
  const [generation, setGeneration] = useState(0);
  const [textGeneration, setTextGeneration] = useState(0);
  const [error, setError] = useState<Error | undefined>(undefined);
  const steady = useMemo(() => {
    /** Throws away what could not be read, in the fields and, unless it is being typed, in the whole as JSON. */
    const forget = (isWhole: boolean): void => {
      setReasons((before) => {
        const places = Object.keys(before);
        if (places.some((place) => isWhole || place !== WHOLE)) setGeneration((number) => number + 1);
        if (isWhole && places.length > 0) setTextGeneration((number) => number + 1);
        return {};
      });
    };
    return {
      set: (name: string, value: Parameters<FormProps['set']>[1]) => {
        setDraft((before) => withMember(before, name, value));
      },
      setIncomplete: (place: string, reason: string | undefined) => {
        setReasons((before) => withMember(before, place, reason) as Readonly<Record<string, string>>);
      },
      take: (version: Version) => {
        setBase(version);
        setDraft(version.document);
        forget(true);
        setError(undefined);
      },
      goOn: (saved: Version, sent: JsonObject) => {
        setBase(saved);
        setDraft((typed) => rebased(saved.document, sent, typed));
        setError(undefined);
      },
      replace: (document: JsonObject) => {
        setDraft(document);
        forget(true);
      },
      rewrite: (document: JsonObject) => {
        setDraft(document);
        forget(false);
      },
      fail: setError,
    };
  }, []);
  const incomplete = Object.values(reasons);
  return {
    ...steady,
    base,
    draft,
    error,
    incomplete,
    generation,
    textGeneration,
    isChanged: incomplete.length > 0 || !isSameJson(draft, base.document),
    errorsAt: (pointer) => problemsAt(problemsOf(error), pointer),
  };
}

/** What is wrong with what was sent; other errors have problems of other documents. */
function problemsOf(error: Error | undefined): readonly Problem[] {
  return error instanceof ApiError && error.status === 422 ? error.problems : [];
}
