import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { Json } from '../api/types.ts';
import { JsonField } from '../parts/json-field.tsx';
import { SelectField, type Choice } from '../parts/select.tsx';
import { TextField } from '../parts/text-field.tsx';
import { authFieldsOf, authKindOf, authOfKind, withAuthText, type AuthKind } from './auth.ts';
import { objectOf, takeOver, textOf, type FormProps } from './form-props.ts';

const KINDS: readonly Choice<AuthKind>[] = [
  { value: 'none', label: 'none' },
  { value: 'basic', label: 'user name and password (Basic)' },
  { value: 'bearer', label: 'a token (Bearer)' },
  { value: 'clientCredentials', label: 'OAuth 2: client credentials' },
  { value: 'refreshToken', label: 'OAuth 2: refresh token' },
];

const OTHER: Choice<AuthKind> = { value: 'other', label: 'something else, as JSON' };

/** How requests show who sends them. */
export function AuthForm(props: FormProps): JSX.Element {
  const { draft, set, setIncomplete, errorsAt } = props;
  const auth = draft['auth'];
  const kind = authKindOf(auth);
  /** Whoever only looks through the kinds gets back what was there. */
  const earlier = useRef(new Map<AuthKind, Json | undefined>());
  const connection = textOf(draft, 'connection');
  return (
    <fieldset>
      <legend>Authentication</legend>
      {connection !== '' && (
        <p class="hint">
          Its connection <code>{connection}</code> may have one; then it must be none here.
        </p>
      )}
      <SelectField
        label="Who sends is shown by"
        value={kind}
        choices={kind === 'other' ? [...KINDS, OTHER] : KINDS}
        errors={ownErrors(errorsAt, kind)}
        onChoose={(chosen) => {
          earlier.current.set(kind, auth);
          setIncomplete('/auth', undefined);
          set('auth', earlier.current.get(chosen) ?? authOfKind(chosen, auth));
        }}
      />
      {kind === 'other' ? (
        <JsonField
          label="Authentication as JSON"
          hint="Empty means none."
          value={auth}
          onChange={takeOver(props, 'auth', 'the authentication')}
        />
      ) : (
        <Texts {...props} kind={kind} />
      )}
    </fieldset>
  );
}

function Texts({ draft, set, errorsAt, kind }: FormProps & { readonly kind: AuthKind }): JSX.Element {
  const auth = objectOf(draft, 'auth') ?? {};
  return (
    <div class="grid">
      {authFieldsOf(kind).map((field) => (
        <TextField
          key={`${kind} ${field.name}`}
          label={field.label}
          hint={field.isSecret === true ? SECRET_HINT : undefined}
          errors={errorsAt(`/auth/${field.name}`)}
          value={textOf(auth, field.name)}
          placeholder={field.isSecret === true ? '${NAME}' : undefined}
          onText={(text) => {
            set('auth', withAuthText(auth, field, text));
          }}
        />
      ))}
    </div>
  );
}

const SECRET_HINT = (
  <>
    Best as <code>{'${NAME}'}</code>, from the environment or the secrets file.
  </>
);

/** What is wrong with `auth` but with none of its texts. */
function ownErrors(errorsAt: FormProps['errorsAt'], kind: AuthKind): readonly string[] {
  const ofTexts = authFieldsOf(kind).flatMap(({ name }) => errorsAt(`/auth/${name}`));
  return errorsAt('/auth').filter((error) => !ofTexts.includes(error));
}
