import { useRef, useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import { ApiError } from '../api/client.ts';
import type { JsonObject } from '../api/types.ts';
import { hrefOf } from '../routing/route.ts';
import { navigate } from '../routing/use-route.ts';
import { keepCreated } from './created.ts';
import { documentOf, rebased } from './document.ts';
import { loadVersion } from './editor-view.tsx';
import { textOf } from './form-props.ts';
import type { Draft, Version } from './use-draft.ts';

/** How it stands with saving. */
export interface Save {
  readonly isRunning: boolean;
  /** Whether the last save went well and nothing was changed since. */
  readonly isSaved: boolean;
  /** Why nothing was saved, as long as something is not complete. */
  readonly refusal: Error | undefined;
  /** The version that somebody else saved meanwhile, while the reader chooses. */
  readonly conflict: Version | undefined;
  readonly run: () => void;
  readonly showConflict: () => void;
  readonly takeTheirs: () => void;
  readonly overwrite: () => void;
  readonly closeConflict: () => void;
}

/** Saves a draft over the version it was made of, and over no other unless the reader says so. */
export function useSave(id: string | undefined, draft: Draft): Save {
  const [isRunning, setRunning] = useState(false);
  const [isSaved, setSaved] = useState(false);
  const [isRefused, setRefused] = useState(false);
  const [conflict, setConflict] = useState<Version | undefined>(undefined);
  const newest = useRef(draft.draft);
  newest.current = draft.draft;
  const { incomplete } = draft;
  if (isRefused && incomplete.length === 0) setRefused(false);
  const attempt = async (etag: string | undefined): Promise<void> => {
    const sent = draft.draft;
    const saved = await store(id, sent, etag);
    setConflict(undefined);
    draft.goOn(saved, sent);
    setSaved(true);
    if (id !== undefined) return;
    const createdId = textOf(saved.document, 'id');
    const typed = newest.current;
    keepCreated({
      id: createdId,
      begun: typed === sent ? undefined : rebased(saved.document, sent, typed),
    });
    navigate(hrefOf('webhooks', createdId));
  };
  const guarded = (work: () => Promise<void>): void => {
    setRunning(true);
    setSaved(false);
    draft.fail(undefined);
    work()
      .catch(async (thrown: unknown) => {
        const isStale = thrown instanceof ApiError && thrown.status === 412 && id !== undefined;
        if (isStale) setConflict(await loadVersion(id));
        else throw thrown;
      })
      .catch((thrown: unknown) => {
        setConflict(undefined);
        draft.fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
      })
      .finally(() => {
        setRunning(false);
      });
  };
  const storeOver = (etag: string | undefined): void => {
    if (incomplete.length === 0) {
      guarded(() => attempt(etag));
      return;
    }
    setRefused(true);
    setConflict(undefined);
  };
  return {
    isRunning,
    isSaved: isSaved && !draft.isChanged,
    conflict,
    refusal: isRefused ? new Error(`Not saved yet: ${incomplete.join('; ')}.`) : undefined,
    run: () => {
      storeOver(draft.base.etag);
    },
    showConflict: () => {
      guarded(async () => {
        if (id !== undefined) setConflict(await loadVersion(id));
      });
    },
    takeTheirs: () => {
      if (conflict !== undefined) draft.take(conflict);
      setConflict(undefined);
    },
    overwrite: () => {
      storeOver(conflict?.etag);
    },
    closeConflict: () => {
      setConflict(undefined);
    },
  };
}

async function store(
  id: string | undefined,
  document: JsonObject,
  etag: string | undefined,
): Promise<Version> {
  const answer = await (id === undefined ? api.create(document) : api.replace(id, document, etag));
  return { document: documentOf(answer.body), etag: answer.etag };
}
