import { useEffect, useState } from 'preact/hooks';
import { parseRoute, type Route } from './route.ts';

/** Asks whether the view may be left; gives true when it may. */
type LeaveGuard = () => boolean;

let guard: LeaveGuard | undefined;
/** Where the page is. The address is one step ahead of it while a guard asks. */
let current = location.hash;

/** The route the address says, and every further one. */
export function useRoute(): Route {
  const [hash, setHash] = useState(current);
  useEffect(() => {
    const follow = (): void => {
      if (location.hash === current) return;
      if (guard?.() === false) {
        history.pushState(null, '', current === '' ? '#/' : current);
        return;
      }
      current = location.hash;
      guard = undefined;
      setHash(current);
      scrollTo(0, 0);
    };
    addEventListener('hashchange', follow);
    // It may have changed before anybody listened.
    follow();
    return () => {
      removeEventListener('hashchange', follow);
    };
  }, []);
  return parseRoute(hash);
}

/** Goes to an address without asking a guard: what was to be kept is kept. */
export function navigate(href: string): void {
  guard = undefined;
  location.hash = href;
}

/** Changes the address of what is shown, such as its filters, without a step in the history. */
export function replaceAddress(href: string): void {
  history.replaceState(null, '', href);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

/** While there is something unsaved, asks before the view or the page is left. */
export function useLeaveGuard(hasUnsaved: boolean): void {
  useEffect(() => {
    if (!hasUnsaved) return undefined;
    const ask: LeaveGuard = () => confirm('Leave without saving? Your changes will be lost.');
    const warn = (event: BeforeUnloadEvent): void => {
      event.preventDefault();
    };
    guard = ask;
    addEventListener('beforeunload', warn);
    return () => {
      if (guard === ask) guard = undefined;
      removeEventListener('beforeunload', warn);
    };
  }, [hasUnsaved]);
}
