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
  const [isSaved, setSaved] = useState(false);
  const [isRefused, setRefused] = useState(false);
  const { isRunning, conflict, setConflict, run } = useConflict(id, draft);
  const newest = useRef(draft.draft);
  newest.current = draft.draft;
  const { incomplete } = draft;
  if (isRefused && incomplete.length === 0) setRefused(false);
  const attempt = async (etag: string | undefined): Promise<void> => {
    setSaved(false);
    const sent = draft.draft;
    const saved = await store(id, sent, etag);
    setConflict(undefined);
    draft.goOn(saved, sent);
    setSaved(true);
    if (id === undefined) goToCreated(saved.document, sent, newest.current);
  };
  const storeOver = (etag: string | undefined): void => {
    setRefused(incomplete.length > 0);
    if (incomplete.length === 0) run(() => attempt(etag));
    else setConflict(undefined);
  };
  return {
    isRunning,
    isSaved: isSaved && !draft.isChanged,
    refusal: isRefused ? new Error(`Not saved yet: ${incomplete.join('; ')}.`) : undefined,
    conflict,
    run: () => {
      storeOver(draft.base.etag);
    },
    showConflict: () => {
      run(async () => {
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

/** Runs what talks to the router; a version that somebody else saved meanwhile is kept for the reader to choose. */
function useConflict(
  id: string | undefined,
  draft: Draft,
): Pick<Save, 'isRunning' | 'conflict'> & {
  readonly setConflict: (version: Version | undefined) => void;
  readonly run: (work: () => Promise<void>) => void;
} {
  const [isRunning, setRunning] = useState(false);
  const [conflict, setConflict] = useState<Version | undefined>(undefined);
  const run = (work: () => Promise<void>): void => {
    setRunning(true);
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
  return { isRunning, conflict, setConflict, run };
}

/** Shows the webhook that was created, with what was typed meanwhile. */
function goToCreated(created: JsonObject, sent: JsonObject, typed: JsonObject): void {
  const id = textOf(created, 'id');
  keepCreated({ id, begun: typed === sent ? undefined : rebased(created, sent, typed) });
  navigate(hrefOf('webhooks', id));
}

async function store(
  id: string | undefined,
  document: JsonObject,
  etag: string | undefined,
): Promise<Version> {
  const answer = await (id === undefined ? api.create(document) : api.replace(id, document, etag));
  return { document: documentOf(answer.body), etag: answer.etag };
}
