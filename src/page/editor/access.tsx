import type { JSX } from 'preact';
import { JsonField } from '../parts/json-field.tsx';
import { AuthForm } from './auth-form.tsx';
import { takeOver, type FormProps } from './form-props.ts';
import { SigningForm } from './signing-form.tsx';

const MEMBERS = ['auth', 'signing', 'tls'];

/** How the target knows who sends: authentication, signature, certificates. */
export function Access(props: FormProps): JSX.Element {
  const { draft, errorsAt } = props;
  const isOpen = MEMBERS.some((name) => draft[name] !== undefined || errorsAt(`/${name}`).length > 0);
  return (
    <details class="card" open={isOpen}>
      <summary>
        <h2>Authentication, signature, certificates</h2>
      </summary>
      <AuthForm {...props} />
      <SigningForm {...props} />
      <JsonField
        label="Certificates (TLS) as JSON"
        hint={
          <>
            Files of PEM text on the router’s machine, such as{' '}
            <code>{'{"certFile": "client.pem", "keyFile": "client.key", "caFile": "ca.pem"}'}</code>: what the
            router shows, and whom it trusts beside the well-known authorities. Empty means nothing special.
          </>
        }
        value={draft['tls']}
        errors={errorsAt('/tls')}
        onChange={takeOver(props, 'tls', 'the certificates')}
      />
    </details>
  );
}
