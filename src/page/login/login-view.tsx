import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import type { Session } from '../api/types.ts';
import { Field } from '../parts/field.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';

/** Asks for an API token. The browser keeps a cookie that scripts cannot read; the token itself is kept nowhere. */
export function LoginView({ onLogin }: { readonly onLogin: (session: Session) => void }): JSX.Element {
  const [token, setToken] = useState('');
  const { run, isRunning, error } = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    run(async () => {
      await api.logIn(token);
      onLogin(await api.session());
    });
  };
  return (
    <main class="lonely">
      <form class="card" onSubmit={submit}>
        <h1>
          <img src="assets/icon.svg" alt="" width="32" height="32" /> Hookswitch
        </h1>
        <Field label="API token" hint="One of the tokens under admin.tokens in the router's configuration.">
          {(props) => (
            <input
              {...props}
              type="password"
              autocomplete="current-password"
              required
              value={token}
              onInput={(event) => {
                setToken(event.currentTarget.value);
              }}
            />
          )}
        </Field>
        <ErrorNotice error={error} />
        <button type="submit" class="primary" disabled={isRunning}>
          Log in
        </button>
      </form>
    </main>
  );
}
