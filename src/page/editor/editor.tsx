import type { JSX } from 'preact';
import { api } from '../api/calls.ts';
import type { Json, JsonObject } from '../api/types.ts';
import { ConditionsEditor } from '../conditions/conditions-editor.tsx';
import { Disclosure } from '../parts/disclosure.tsx';
import { Heading } from '../parts/heading.tsx';
import { JsonField } from '../parts/json-field.tsx';
import { useData } from '../parts/use-data.ts';
import { hrefOf } from '../routing/route.ts';
import { useLeaveGuard } from '../routing/use-route.ts';
import { WouldItMatch } from '../trial/would-it-match.tsx';
import { Access } from './access.tsx';
import { Answers } from './answers.tsx';
import { Basics } from './basics.tsx';
import { Conflict } from './conflict.tsx';
import { Content } from './content.tsx';
import type { Created } from './created.ts';
import { CreatedNotice } from './created-notice.tsx';
import { DeleteButton } from './delete-button.tsx';
import { ChangedElsewhere } from './changed-elsewhere.tsx';
import { RecipeChooser } from './recipe-chooser.tsx';
import { SaveBar } from './save-bar.tsx';
import { Sending } from './sending.tsx';
import { Standing } from './standing.tsx';
import { textOf } from './form-props.ts';
import { useDraft, WHOLE, type Draft, type Version } from './use-draft.ts';
import { useSave } from './use-save.ts';
import { useStanding } from './use-standing.ts';
import { useWatch } from './use-watch.ts';

/** Edits one webhook; beside it the reader sees what it would do. */
export function Editor({
  id,
  first,
  begun,
  created,
  cdrId,
}: {
  /** `undefined` for a webhook that is not stored yet. */
  readonly id?: string;
  readonly first: Version;
  readonly begun?: JsonObject | undefined;
  /** What was handed over when it was created a moment ago. */
  readonly created?: Created | undefined;
  /** The CDR to try it on, unless the reader chooses another. */
  readonly cdrId?: string | undefined;
}): JSX.Element {
  const draft = useDraft(first, created?.begun ?? begun);
  const save = useSave(id, draft);
  const elsewhere = useWatch(id, draft, save.isRunning);
  const standing = useStanding(id);
  useLeaveGuard(draft.isChanged);
  const name = textOf(draft.base.document, 'name');
  return (
    <>
      <Heading title={id === undefined ? 'New webhook' : name}>
        {id !== undefined && (
          <>
            <a class="button" href={hrefOf('deliveries', undefined, { webhookId: id })}>
              Deliveries
            </a>
            <DeleteButton id={id} name={name} draft={draft} pending={standing.data?.stats.pending} />
          </>
        )}
      </Heading>
      {created !== undefined && <CreatedNotice />}
      <ChangedElsewhere change={elsewhere} onShow={save.showConflict} />
      {save.conflict !== undefined && (
        <Conflict
          theirs={save.conflict.document}
          mine={draft.draft}
          onTakeTheirs={save.takeTheirs}
          onOverwrite={save.overwrite}
          onClose={save.closeConflict}
        />
      )}
      {standing.data !== undefined && <Standing webhook={standing.data} onChanged={standing.reload} />}
      <div class="editor">
        <Form draft={draft} isNew={id === undefined} onSubmit={save.run}>
          <SaveBar draft={draft} save={save} isNew={id === undefined} />
        </Form>
        <WouldItMatch draft={draft.draft} incomplete={draft.incomplete} cdrId={cdrId} />
      </div>
    </>
  );
}

function Form({
  draft,
  isNew,
  onSubmit,
  children,
}: {
  readonly draft: Draft;
  readonly isNew: boolean;
  readonly onSubmit: () => void;
  readonly children: JSX.Element;
}): JSX.Element {
  return (
    <form
      noValidate
      class="form"
      aria-label="Webhook"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {isNew && <RecipeChooser onChoose={draft.replace} />}
      <Fields key={`fields ${draft.generation}`} draft={draft} />
      <Everything key={`text ${draft.textGeneration}`} draft={draft} />
      {children}
    </form>
  );
}

/** Everything that has a field of its own. */
function Fields({ draft: { draft, set, setIncomplete, errorsAt } }: { readonly draft: Draft }): JSX.Element {
  const { data: overview } = useData('sources', () => api.overview());
  const props = { draft, set, setIncomplete, errorsAt };
  const conditions = draft['conditions'];
  return (
    <>
      <Basics {...props} sources={overview?.sources ?? []} />
      <section class="card">
        <h2>Conditions</h2>
        <p class="hint">A CDR hits this webhook when all of them hold.</p>
        <ConditionsEditor
          conditions={Array.isArray(conditions) ? (conditions as readonly Json[]) : []}
          errorsAt={(index) => errorsAt(`/conditions/${index}`)}
          onChange={(complete, incomplete) => {
            setIncomplete('/conditions', incomplete);
            set('conditions', complete);
          }}
        />
      </section>
      <Content {...props} />
      <Access {...props} />
      <Answers {...props} />
      <Sending {...props} />
    </>
  );
}

/** The whole document: what has no field of its own is edited here. */
function Everything({ draft }: { readonly draft: Draft }): JSX.Element {
  return (
    <Disclosure title="Everything as JSON">
      {() => (
        <JsonField
          label="Webhook"
          hint="Also what has no field above, such as its connection and what is left out of the CDR."
          value={draft.draft}
          onChange={(read) => {
            const value = 'error' in read ? undefined : read.value;
            const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
            if (isObject) draft.rewrite(value as JsonObject);
            else draft.setIncomplete(WHOLE, 'the webhook as JSON must be an object');
          }}
        />
      )}
    </Disclosure>
  );
}
