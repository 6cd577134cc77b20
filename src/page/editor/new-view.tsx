import type { JSX } from 'preact';
import { api } from '../api/calls.ts';
import type { JsonObject } from '../api/types.ts';
import { Heading } from '../parts/heading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { useData } from '../parts/use-data.ts';
import type { Route } from '../routing/route.ts';
import { allFields, conditionsFor, EMPTY_DOCUMENT } from './document.ts';
import { Editor } from './editor.tsx';

/** The editor of a webhook that is to be: empty, or with conditions on fields of a CDR. */
export function NewView({ route }: { readonly route: Route }): JSX.Element {
  const { cdr: cdrId, fields = '[]' } = route.query;
  const { data, error } = useData(`${cdrId ?? ''} ${fields}`, () => firstDraft(cdrId, fields));
  if (data !== undefined) {
    return <Editor first={{ document: EMPTY_DOCUMENT, etag: undefined }} begun={data} cdrId={cdrId} />;
  }
  return (
    <>
      <Heading title="New webhook" />
      <ErrorNotice error={error} />
    </>
  );
}

async function firstDraft(cdrId: string | undefined, fields: string): Promise<JsonObject> {
  if (cdrId === undefined) return EMPTY_DOCUMENT;
  const cdr = await api.cdr(cdrId);
  const names = JSON.parse(fields) as string[];
  return { ...EMPTY_DOCUMENT, conditions: conditionsFor(names, allFields(cdr)) };
}
