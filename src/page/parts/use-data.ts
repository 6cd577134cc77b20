import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** What was loaded, or why it could not be. */
export interface Loaded<Data> {
  /** The last that was loaded; it stays while it is loaded again. */
  readonly data: Data | undefined;
  readonly error: Error | undefined;
  readonly reload: () => void;
}

/** Loads something when a view appears, and again whenever `key` changes or it is told to. */
export function useData<Data>(key: string, load: () => Promise<Data>): Loaded<Data> {
  const [state, setState] = useState<{ data?: Data; error?: Error }>({});
  const [round, setRound] = useState(0);
  /** What is wanted now: its key, and the newest round of it that is there. */
  const wanted = useRef({ key, settledRound: -1 });
  useEffect(() => {
    if (wanted.current.key !== key) wanted.current = { key, settledRound: -1 };
    const place = wanted.current;
    const settle = (next: { data?: Data; error?: Error }): void => {
      // A slow answer counts until a later one is there: where much happens, none would come in time.
      if (wanted.current !== place || round < place.settledRound) return;
      place.settledRound = round;
      setState(next);
    };
    load().then(
      (data) => {
        settle({ data });
      },
      (error: unknown) => {
        settle({ error: error instanceof Error ? error : new Error(String(error)) });
      },
    );
  }, [key, round]);
  useEffect(
    () => () => {
      wanted.current = { key: '', settledRound: -1 };
    },
    [],
  );
  const reload = useCallback(() => {
    setRound((before) => before + 1);
  }, []);
  return { data: state.data, error: state.error, reload };
}
