import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

/** What a control inside a field needs to be tied to its label, hint and errors. */
export interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean | undefined;
}

/** A labelled control with a hint and what is wrong with it. */
export function Field({
  label,
  hint,
  errors = [],
  children,
}: {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly errors?: readonly string[] | undefined;
  readonly children: (props: ControlProps) => ComponentChildren;
}): JSX.Element {
  const id = useId();
  const hasMore = hint !== undefined || errors.length > 0;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-describedby': hasMore ? `${id}-more` : undefined,
        'aria-invalid': errors.length > 0 ? true : undefined,
      })}
      {hasMore && (
        <div id={`${id}-more`}>
          <FieldErrors errors={errors} />
          {hint !== undefined && <p class="hint">{hint}</p>}
        </div>
      )}
    </div>
  );
}

/** What is wrong with a field, or with several together. */
export function FieldErrors({ errors }: { readonly errors: readonly string[] }): JSX.Element {
  return (
    <>
      {errors.map((error) => (
        <p key={error} class="field-error">
          <span aria-hidden="true">✕</span> {error}
        </p>
      ))}
    </>
  );
}
