import type { JSX } from 'preact';
import { onSeveralLines } from '../api/json-digits.ts';
import type { SentRequest } from '../api/types.ts';
import { HeaderList } from './header-list.tsx';
import { JsonBlock } from './json-block.tsx';

/** A request to a target, secrets masked. */
export function RequestBlock({ request }: { readonly request: SentRequest }): JSX.Element {
  const { method, url, headers, body } = request;
  return (
    <div class="request">
      <p>
        <strong>{method}</strong> <code class="path">{url ?? '(no URL yet)'}</code>
      </p>
      <HeaderList headers={headers} label="Headers of the request" />
      {body !== undefined && <JsonBlock value={onSeveralLines(body)} label="body of the request" />}
    </div>
  );
}
