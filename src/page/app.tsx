import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api } from './api/calls.ts';
import { whenLoggedOut } from './api/client.ts';
import { useReached } from './api/reach.ts';
import type { Session } from './api/types.ts';
import { CdrView } from './cdrs/cdr-view.tsx';
import { CdrsView } from './cdrs/cdrs-view.tsx';
import { DeliveriesView } from './deliveries/deliveries-view.tsx';
import { DeliveryView } from './deliveries/delivery-view.tsx';
import { EditorView } from './editor/editor-view.tsx';
import { NewView } from './editor/new-view.tsx';
import { LoginView } from './login/login-view.tsx';
import { OverviewView } from './overview/overview-view.tsx';
import { RulesBanner } from './overview/rules-banner.tsx';
import { ErrorNotice, Notice } from './parts/notice.tsx';
import { hrefOf, type Route } from './routing/route.ts';
import { useRoute } from './routing/use-route.ts';
import { WebhooksView } from './webhook-list/webhooks-view.tsx';

/** A view of the page. */
type View = ComponentType<{ readonly route: Route }>;

/** By the first part of the address. Those with a title are in the navigation; `one` shows what has an id. */
const VIEWS: Readonly<Record<string, { title?: string; list: View; one?: View }>> = {
  '': { title: 'Overview', list: OverviewView },
  webhooks: { title: 'Webhooks', list: WebhooksView, one: EditorView },
  new: { list: NewView },
  deliveries: { title: 'Deliveries', list: DeliveriesView, one: DeliveryView },
  cdrs: { title: 'CDRs', list: CdrsView, one: CdrView },
};

/** The whole page: who is logged in, the way to each view, and the view that the address says. */
export function App(): JSX.Element {
  const [session, setSession] = useState<Session | undefined>(undefined);
  const [error, setError] = useState<Error | undefined>(undefined);
  useEffect(() => {
    whenLoggedOut(() => {
      setSession({ authenticated: false, needsToken: true });
    });
    api.session().then(setSession, (thrown: unknown) => {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    });
  }, []);
  if (error !== undefined) {
    return (
      <main class="lonely">
        <ErrorNotice error={error} />
      </main>
    );
  }
  if (session === undefined) return <main aria-busy="true" />;
  if (session.needsToken && !session.authenticated) return <LoginView onLogin={setSession} />;
  return <Shell session={session} onLogout={setSession} />;
}

function Shell({
  session,
  onLogout,
}: {
  readonly session: Session;
  readonly onLogout: (session: Session) => void;
}): JSX.Element {
  const route = useRoute();
  const logOut = (): void => {
    const loggedOut = { authenticated: false, needsToken: true };
    api.logOut().then(
      () => {
        onLogout(loggedOut);
      },
      () => {
        onLogout(loggedOut);
      },
    );
  };
  return (
    <>
      <a class="skip" href={`#${CONTENT}`} onClick={focusContent}>
        Skip to content
      </a>
      <header class="bar">
        <a class="brand" href={hrefOf('')}>
          <img src="assets/icon.svg" alt="" width="24" height="24" /> Hookswitch
        </a>
        <nav aria-label="Views">
          {Object.entries(VIEWS)
            .filter(([, { title }]) => title !== undefined)
            .map(([view, { title }]) => (
              <a key={view} href={hrefOf(view)} aria-current={view === route.view ? 'page' : undefined}>
                {title}
              </a>
            ))}
        </nav>
        <div class="bar-end">
          <a href="docs">API</a>
          {session.needsToken && (
            <button type="button" class="small" onClick={logOut}>
              Log out
            </button>
          )}
        </div>
      </header>
      <main id={CONTENT} tabIndex={-1}>
        <GoneBanner />
        <RulesBanner />
        <CurrentView route={route} />
      </main>
    </>
  );
}

/** Tells on every view that what is shown may be old. */
function GoneBanner(): JSX.Element | null {
  if (useReached()) return null;
  return (
    <Notice kind="warning">
      The router does not answer. What you see may be old and nothing can be saved; this page goes on asking.
    </Notice>
  );
}

const CONTENT = 'content';

/** The address after `#` is the view's, so the link moves the focus itself. */
function focusContent(event: Event): void {
  event.preventDefault();
  document.getElementById(CONTENT)?.focus();
}

function CurrentView({ route }: { readonly route: Route }): JSX.Element {
  const found = Object.hasOwn(VIEWS, route.view) ? VIEWS[route.view] : undefined;
  const Shown = route.id === undefined ? found?.list : found?.one;
  if (Shown === undefined) {
    return (
      <Notice kind="warning">
        There is nothing at this address. Go to the <a href={hrefOf('')}>overview</a>.
      </Notice>
    );
  }
  return <Shown key={`${route.view}/${route.id ?? ''}`} route={route} />;
}
