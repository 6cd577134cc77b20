import type { JSX } from 'preact';
import type { CdrDetail } from '../api/types.ts';

/** The recordings that a CDR names: to listen to, where they are here. */
export function RecordingList({ recordings }: Pick<CdrDetail, 'recordings'>): JSX.Element | null {
  if (recordings.length === 0) return null;
  return (
    <section class="card">
      <h2>Recordings</h2>
      {recordings.map(({ file, link }) => (
        <p key={file}>
          <code class="path">{file}</code>
          {link === null ? ' is not here.' : <Player file={file} link={link} />}
        </p>
      ))}
    </section>
  );
}

function Player({ file, link }: { readonly file: string; readonly link: string }): JSX.Element {
  return (
    <>
      <br />
      <audio controls preload="none" src={link} aria-label={file} /> <a href={link}>Open</a>
    </>
  );
}
