import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import { ApiError } from '../api/client.ts';
import { Heading } from '../parts/heading.tsx';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { useData } from '../parts/use-data.ts';
import { hrefOf, type Route } from '../routing/route.ts';
import { takeCreated } from './created.ts';
import { documentOf } from './document.ts';
import { Editor } from './editor.tsx';
import type { Version } from './use-draft.ts';

/** Loads a webhook's newest version. */
export async function loadVersion(id: string): Promise<Version & { readonly shown: unknown }> {
  const { body, etag } = await api.webhook(id);
  return { document: documentOf(body), etag, shown: body };
}

/** The editor of a webhook that is stored. */
export function EditorView({ route }: { readonly route: Route }): JSX.Element {
  const id = route.id ?? '';
  const { data, error } = useData(id, () => loadVersion(id));
  const [created] = useState(() => takeCreated(id));
  if (data !== undefined) return <Editor id={id} first={data} created={created} />;
  return (
    <>
      <Heading title="Webhook" />
      {error instanceof ApiError && error.status === 404 ? (
        <Notice kind="warning">
          There is no webhook “{id}”; it may have been deleted. See{' '}
          <a href={hrefOf('webhooks')}>all webhooks</a>.
        </Notice>
      ) : (
        <ErrorNotice error={error} />
      )}
    </>
  );
}
