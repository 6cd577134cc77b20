import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** What was loaded, or why it could not be. */
export interface Loaded<Data> {
  /** The last that was loaded; it stays while it is loaded again. */
  readonly data: Data | undefined;
  readonly error: Error | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** Loads something when a view appears, and again whenever `key` changes or it is told to. */
export function useData<Data>(key: string, load: () => Promise<Data>): Loaded<Data> {
  const [state, setState] = useState<{ key: string; data?: Data; error?: Error } | undefined>(undefined);
  const [isLoading, setLoading] = useState(true);
  const [round, setRound] = useState(0);
  const loadNow = useRef(load);
  loadNow.current = load;
  useEffect(() => {
    let isWanted = true;
    setLoading(true);
    const settle = (next: { data?: Data; error?: Error }): void => {
      if (!isWanted) return;
      setState({ key, ...next });
      setLoading(false);
    };
    loadNow.current().then(
      (data) => {
        settle({ data });
      },
      (error: unknown) => {
        settle({ error: error instanceof Error ? error : new Error(String(error)) });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [key, round]);
  const reload = useCallback(() => {
    setRound((before) => before + 1);
  }, []);
  return { data: state?.data, error: state?.error, isLoading, reload };
}
