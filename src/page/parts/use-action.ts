import { useState } from 'preact/hooks';

/** Something the reader starts by a button. */
export interface Action {
  readonly isRunning: boolean;
  readonly error: Error | undefined;
  /** Runs it; what it throws becomes `error`. */
  readonly run: (work: () => Promise<void>) => void;
}

/** Keeps how it stands with what a button starts. */
export function useAction(): Action {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<Error | undefined>(undefined);
  const run = (work: () => Promise<void>): void => {
    setRunning(true);
    setError(undefined);
    work()
      .catch((thrown: unknown) => {
        setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
      })
      .finally(() => {
        setRunning(false);
      });
  };
  return { isRunning, error, run };
}
