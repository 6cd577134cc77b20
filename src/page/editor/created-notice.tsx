import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Notice } from '../parts/notice.tsx';

/** Tells that the webhook is stored now, and has the focus, as the form it was made in is gone. */
export function CreatedNotice(): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.focus();
  }, []);
  return (
    <div ref={place} tabIndex={-1}>
      <Notice kind="good">The webhook was created.</Notice>
    </div>
  );
}
