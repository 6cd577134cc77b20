import { useEffect, useState } from 'preact/hooks';

/** Somebody who types on is not answered after each letter. */
const PAUSE_MS = 300;

/** A text as it was when it last stayed the same for a moment. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(text);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  return settled;
}
