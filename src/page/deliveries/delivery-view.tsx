import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import { useLive } from '../api/events.ts';
import type { Delivery, Webhook } from '../api/types.ts';
import { Disclosure } from '../parts/disclosure.tsx';
import { Heading } from '../parts/heading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { StatePill } from '../parts/pill.tsx';
import { RequestBlock } from '../parts/request-block.tsx';
import { useAction } from '../parts/use-action.ts';
import { useData, type Loaded } from '../parts/use-data.ts';
import { When } from '../parts/when.tsx';
import { hrefOf, type Route } from '../routing/route.ts';
import { navigate } from '../routing/use-route.ts';
import { idempotencyKey } from '../redelivery/run-plan.tsx';
import { AttemptList } from './attempt-list.tsx';
import { NextAttempt } from './next-attempt.tsx';

/** One delivery with all its attempts. */
export function DeliveryView({ route }: { readonly route: Route }): JSX.Element {
  const id = route.id ?? '';
  const { data, error, reload } = useData(id, () => api.delivery(id));
  const breaker = useBreaker(data);
  useLive(['delivery.attempted', 'delivery.settled', 'webhook.breaker'], () => {
    reload();
    breaker.reload();
  });
  return (
    <>
      <Heading title="Delivery">{data !== undefined && <Actions delivery={data} onDone={reload} />}</Heading>
      <ErrorNotice error={error} />
      {data !== undefined && (
        <>
          <Facts delivery={data} breaker={breaker.data} />
          <AttemptList attempts={data.attempts} isDelivered={data.state === 'delivered'} />
          <AsSentNow delivery={data} />
        </>
      )}
    </>
  );
}

/** How it stands with the target that a delivery waits for. */
function useBreaker(delivery: Delivery | undefined): Loaded<Webhook['breaker'] | undefined> {
  const waitsFor = delivery?.state === 'pending' ? delivery.webhookId : '';
  return useData(waitsFor, async () =>
    waitsFor === '' ? undefined : (await api.webhook(waitsFor)).body.breaker,
  );
}

function Facts({
  delivery,
  breaker,
}: {
  readonly delivery: Delivery;
  readonly breaker: Webhook['breaker'] | undefined;
}): JSX.Element {
  const { id, state, webhookId, cdrId, createdAt, finishedAt, redeliveryOf } = delivery;
  return (
    <section class="card" aria-label="Summary">
      <dl class="facts">
        <dt>State</dt>
        <dd>
          <StatePill state={state} />
        </dd>
        <dt>Webhook</dt>
        <dd>
          <a href={hrefOf('webhooks', webhookId)}>{webhookId}</a>
        </dd>
        <dt>CDR</dt>
        <dd>
          <a href={hrefOf('cdrs', cdrId)}>{cdrId}</a>
        </dd>
        <dt>Created</dt>
        <dd>
          <When at={createdAt} />
        </dd>
        <dt>{finishedAt === null ? 'Next attempt' : 'Finished'}</dt>
        <dd>
          {finishedAt === null ? (
            <NextAttempt delivery={delivery} breaker={breaker} />
          ) : (
            <When at={finishedAt} />
          )}
        </dd>
        {redeliveryOf !== null && (
          <>
            <dt>Made again of</dt>
            <dd>
              <a href={hrefOf('deliveries', redeliveryOf)}>{redeliveryOf}</a>
            </dd>
          </>
        )}
        <dt>Id</dt>
        <dd>
          <code class="path">{id}</code>
        </dd>
      </dl>
    </section>
  );
}

function Actions({
  delivery,
  onDone,
}: {
  readonly delivery: Delivery;
  readonly onDone: () => void;
}): JSX.Element {
  const { run, isRunning, error } = useAction();
  const [key] = useState(() => idempotencyKey());
  const { id, state } = delivery;
  const isOpen = state === 'pending' || state === 'delivering';
  const cancel = (): void => {
    run(async () => {
      await api.cancel(id);
      onDone();
    });
  };
  const redeliver = (): void => {
    run(async () => {
      const made = await api.redeliver(id, key);
      navigate(hrefOf('deliveries', made.id));
    });
  };
  return (
    <>
      <ErrorNotice error={error} />
      {isOpen ? (
        <button type="button" disabled={isRunning} onClick={cancel}>
          Cancel
        </button>
      ) : (
        <button type="button" class="primary" disabled={isRunning} onClick={redeliver}>
          Redeliver
        </button>
      )}
    </>
  );
}

/** The request as today's webhook would make it, asked for when it is opened. */
function AsSentNow({ delivery: { webhookId, cdrId } }: { readonly delivery: Delivery }): JSX.Element {
  return (
    <Disclosure title="The request as it would be sent now">
      {() => <RenderedRequest webhookId={webhookId} cdrId={cdrId} />}
    </Disclosure>
  );
}

function RenderedRequest({
  webhookId,
  cdrId,
}: {
  readonly webhookId: string;
  readonly cdrId: string;
}): JSX.Element {
  const { data, error } = useData(`${webhookId} ${cdrId}`, () => api.render(webhookId, cdrId));
  return (
    <>
      <ErrorNotice error={error} />
      {data?.request && <RequestBlock request={data.request} />}
    </>
  );
}
