import { useEffect, useState } from 'preact/hooks';

let isReached = true;
const listeners = new Set<(isReached: boolean) => void>();

/** Says whether the router has just answered. */
export function tellReached(now: boolean): void {
  if (now === isReached) return;
  isReached = now;
  for (const listener of [...listeners]) listener(now);
}

/** Whether the router answered the last request. */
export function useReached(): boolean {
  const [reached, setReached] = useState(isReached);
  useEffect(() => {
    listeners.add(setReached);
    setReached(isReached);
    return () => {
      listeners.delete(setReached);
    };
  }, []);
  return reached;
}
