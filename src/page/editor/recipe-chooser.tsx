import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import type { JsonObject, RecipeSummary } from '../api/types.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { SelectField } from '../parts/select.tsx';
import { TextField } from '../parts/text-field.tsx';
import { useAction } from '../parts/use-action.ts';
import { useData } from '../parts/use-data.ts';
import { filledIn } from './document.ts';

/** Begins with a ready webhook for a CRM, ticketing or messaging system. */
export function RecipeChooser({
  onChoose,
}: {
  readonly onChoose: (document: JsonObject) => void;
}): JSX.Element | null {
  const { data } = useData('recipes', () => api.recipes());
  const [id, setId] = useState('');
  const recipe = data?.data.find((one) => one.id === id);
  if (data === undefined || data.data.length === 0) return null;
  return (
    <section class="card">
      <SelectField
        label="Begin with a recipe"
        value={id}
        choices={[
          { value: '', label: 'none, from the beginning' },
          ...data.data.map((one) => ({ value: one.id, label: one.title })),
        ]}
        onChoose={setId}
      />
      {recipe !== undefined && <FillIn key={recipe.id} recipe={recipe} onChoose={onChoose} />}
    </section>
  );
}

function FillIn({
  recipe: { id, description, fillIn },
  onChoose,
}: {
  readonly recipe: RecipeSummary;
  readonly onChoose: (document: JsonObject) => void;
}): JSX.Element {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const { run, isRunning, error } = useAction();
  const secrets = fillIn.filter(({ secret }) => secret === true);
  return (
    <>
      <p>{description}</p>
      {fillIn
        .filter(({ secret }) => secret !== true)
        .map(({ name, description: meaning, example }) => (
          <TextField
            key={name}
            label={name}
            hint={meaning}
            placeholder={example}
            value={values[name] ?? ''}
            onText={(text) => {
              setValues({ ...values, [name]: text.trim() });
            }}
          />
        ))}
      {secrets.length > 0 && (
        <>
          <p class="hint">
            Secrets stay out of the rules: set them in the router’s environment or its secrets file.
          </p>
          <ul class="plain">
            {secrets.map(({ name, description: meaning }) => (
              <li key={name}>
                <code>{name}</code> {meaning}
              </li>
            ))}
          </ul>
        </>
      )}
      <Notes id={id} />
      <ErrorNotice error={error} />
      <button
        type="button"
        disabled={isRunning}
        onClick={() => {
          run(async () => {
            const { webhook } = await api.recipe(id);
            onChoose(filledIn(webhook, values) as JsonObject);
          });
        }}
      >
        Use this recipe
      </button>
    </>
  );
}

/** What to know of a recipe before it is used. */
function Notes({ id }: { readonly id: string }): JSX.Element | null {
  const { data, error } = useData(id, () => api.recipe(id));
  if (data === undefined) return <ErrorNotice error={error} />;
  if (data.notes.length === 0) return null;
  return (
    <>
      <h3 id="recipe-notes">Worth knowing</h3>
      <ul class="plain" aria-labelledby="recipe-notes">
        {data.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </>
  );
}
