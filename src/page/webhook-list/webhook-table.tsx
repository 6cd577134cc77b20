import type { JSX } from 'preact';
import { api } from '../api/calls.ts';
import type { Webhook } from '../api/types.ts';
import { number } from '../parts/format.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { Sparkline } from '../parts/sparkline.tsx';
import { useAction } from '../parts/use-action.ts';
import { Ago } from '../parts/when.tsx';
import { hrefOf } from '../routing/route.ts';
import { WebhookState } from './webhook-state.tsx';

/** Webhooks with their counters, and a switch for each. */
export function WebhookTable({
  webhooks,
  onChanged,
}: {
  readonly webhooks: readonly Webhook[];
  readonly onChanged: () => void;
}): JSX.Element {
  if (webhooks.length === 0) return <p class="hint">No webhook is like that.</p>;
  return (
    <table class="stacked">
      <caption class="hidden">Webhooks</caption>
      <thead>
        <tr>
          <th scope="col">Name and target</th>
          <th scope="col">On</th>
          <th scope="col">State</th>
          <th scope="col" class="count">
            Hits
          </th>
          <th scope="col">24 hours</th>
          <th scope="col">Last hit</th>
          <th scope="col" class="count">
            Delivered
          </th>
          <th scope="col" class="count">
            Failed
          </th>
        </tr>
      </thead>
      <tbody>
        {webhooks.map((webhook) => (
          <WebhookRow key={webhook.id} webhook={webhook} onChanged={onChanged} />
        ))}
      </tbody>
    </table>
  );
}

function WebhookRow({
  webhook,
  onChanged,
}: {
  readonly webhook: Webhook;
  readonly onChanged: () => void;
}): JSX.Element {
  const { id, name, url, stats } = webhook;
  const to = (state: string): string => hrefOf('deliveries', undefined, { webhookId: id, state });
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf('webhooks', id)}>{name}</a>
        <span class="target">{url}</span>
      </th>
      <td data-label="On">
        <Switch webhook={webhook} onChanged={onChanged} />
      </td>
      <td data-label="State">
        <WebhookState webhook={webhook} />
      </td>
      <td data-label="Hits" class="count">
        {number(stats.hits)}
      </td>
      <td data-label="24 hours">
        {stats.hourly !== undefined && <Sparkline values={stats.hourly} label={`Hits of ${name}`} />}
      </td>
      <td data-label="Last hit">
        <Ago at={stats.lastHitAt} />
      </td>
      <td data-label="Delivered" class="count">
        <a href={to('delivered')}>{number(stats.delivered)}</a>
      </td>
      <td data-label="Failed" class="count">
        <a href={to('failed')} class={stats.failed > 0 ? 'bad-count' : ''}>
          {number(stats.failed)}
        </a>
      </td>
    </tr>
  );
}

/** Switches a webhook on or off. What hits it while it is off waits. */
function Switch({
  webhook: { id, name, enabled },
  onChanged,
}: {
  readonly webhook: Webhook;
  readonly onChanged: () => void;
}): JSX.Element {
  const { run, isRunning, error } = useAction();
  const flip = (): void => {
    run(async () => {
      await api.switch(id, !enabled);
      onChanged();
    });
  };
  return (
    <>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={enabled}
        aria-label={`${name} is on`}
        disabled={isRunning}
        onClick={flip}
      >
        <span aria-hidden="true">{enabled ? 'on' : 'off'}</span>
      </button>
      <ErrorNotice error={error} />
    </>
  );
}
