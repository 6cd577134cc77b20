import { useEffect, useRef } from 'preact/hooks';

/** Kinds of events that the router tells of. */
const TYPES = [
  'cdr.received',
  'delivery.attempted',
  'delivery.settled',
  'rules.changed',
  'source.quiet',
  'source.heard',
  'webhook.breaker',
  'summary',
];

/** However much goes on, a view is loaded again no more often. */
const QUIET_MS = 1_500;
/** How often views are loaded again where events do not come through. */
const POLL_MS = 10_000;

type Listener = (type: string) => void;

const listeners = new Set<Listener>();
let source: EventSource | undefined;
let polling: number | undefined;

/**
 * Calls `refresh` soon after one of some events, at most once in a while; every few seconds where events do not come
 * through. While the page is in the background nothing happens; it is made up for when the reader comes back.
 */
export function useLive(types: readonly string[], refresh: () => void): void {
  const call = useRef(refresh);
  call.current = refresh;
  const wanted = types.join();
  useEffect(() => {
    let timer: number | undefined;
    const listener: Listener = (type) => {
      if (timer !== undefined || !(type === 'summary' || wanted.split(',').includes(type))) return;
      timer = setTimeout(() => {
        timer = undefined;
        if (!document.hidden) call.current();
      }, QUIET_MS);
    };
    const comeBack = (): void => {
      if (!document.hidden) call.current();
    };
    listeners.add(listener);
    addEventListener('visibilitychange', comeBack);
    connect();
    return () => {
      clearTimeout(timer);
      listeners.delete(listener);
      removeEventListener('visibilitychange', comeBack);
      if (listeners.size === 0) disconnect();
    };
  }, [wanted]);
}

function connect(): void {
  if (source !== undefined) return;
  source = new EventSource('api/v1/events');
  for (const type of TYPES) {
    source.addEventListener(type, () => {
      tell(type);
    });
  }
  source.onopen = () => {
    if (polling === undefined) return;
    clearInterval(polling);
    polling = undefined;
    // What happened meanwhile was not told.
    tell('summary');
  };
  source.onerror = () => {
    if (polling !== undefined) return;
    polling = setInterval(poll, POLL_MS);
    // Whether the router is gone is known by asking.
    tell('summary');
  };
}

function poll(): void {
  // A browser comes back to a stream that broke, and never to one that was refused, as by a proxy while the router restarts.
  if (source?.readyState === EventSource.CLOSED) {
    source = undefined;
    connect();
  }
  tell('summary');
}

function disconnect(): void {
  source?.close();
  source = undefined;
  clearInterval(polling);
  polling = undefined;
}

function tell(type: string): void {
  for (const listener of [...listeners]) listener(type);
}
