import type { JSX } from 'preact';
import { api } from '../api/calls.ts';
import { useLive } from '../api/events.ts';
import type { Overview } from '../api/types.ts';
import { duration, number } from '../parts/format.ts';
import { Heading } from '../parts/heading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Pill } from '../parts/pill.tsx';
import { useData } from '../parts/use-data.ts';
import { When } from '../parts/when.tsx';
import { hrefOf } from '../routing/route.ts';
import { ProblemList } from './rules-banner.tsx';
import { SourceTable } from './source-table.tsx';
import { Traffic } from './traffic.tsx';

/** How it goes: what came in and went out in a day, what waits, what is quiet, and how it stands with the rules. */
export function OverviewView(): JSX.Element {
  const { data, error, reload } = useData('overview', async () => {
    const [overview, hours] = await Promise.all([api.overview(), api.hours()]);
    return { overview, hours: hours.data };
  });
  useLive(
    ['cdr.received', 'delivery.settled', 'rules.changed', 'webhook.breaker', 'source.quiet', 'source.heard'],
    reload,
  );
  return (
    <>
      <Heading title="Overview" />
      <ErrorNotice error={error} />
      {data !== undefined && (
        <>
          <Traffic hours={data.hours} />
          <div class="columns">
            <Now overview={data.overview} />
            <Rules overview={data.overview} />
          </div>
          <SourceTable sources={data.overview.sources} />
        </>
      )}
    </>
  );
}

function Now({ overview }: { readonly overview: Overview }): JSX.Element {
  const { pending, oldestDueMs, brokenWebhooks, brokenWebhookCount, webhooks } = overview;
  return (
    <section class="card">
      <h2>Now</h2>
      <dl class="facts">
        <dt>Webhooks</dt>
        <dd>
          <a href={hrefOf('webhooks')}>{number(webhooks)}</a>
        </dd>
        <dt>Waiting deliveries</dt>
        <dd>
          <a href={hrefOf('deliveries', undefined, { state: 'pending,delivering' })}>{number(pending)}</a>
        </dd>
        <dt>Oldest overdue</dt>
        <dd>{oldestDueMs === null || oldestDueMs <= 0 ? 'nothing is overdue' : duration(oldestDueMs)}</dd>
        <dt>Targets that do not answer</dt>
        <dd>
          {brokenWebhooks.length === 0
            ? 'none'
            : brokenWebhooks.map((id) => (
                <span key={id}>
                  <Pill tone="bad">
                    <a href={hrefOf('webhooks', id)}>{id}</a>
                  </Pill>{' '}
                </span>
              ))}
          {brokenWebhookCount > brokenWebhooks.length &&
            `and ${number(brokenWebhookCount - brokenWebhooks.length)} more`}
        </dd>
      </dl>
    </section>
  );
}

function Rules({ overview: { rules } }: { readonly overview: Overview }): JSX.Element {
  const hasErrors = rules.errorCount > 0;
  return (
    <section class="card">
      <h2>Rules</h2>
      <dl class="facts">
        <dt>State</dt>
        <dd>
          {hasErrors ? <Pill tone="bad">the file has an error</Pill> : <Pill tone="good">in force</Pill>}
        </dd>
        <dt>File</dt>
        <dd>
          <code class="path">{rules.path}</code>
        </dd>
        <dt>Loaded</dt>
        <dd>
          <When at={rules.loadedAt} />
        </dd>
      </dl>
      {rules.warningCount > 0 && (
        <details>
          <summary>
            {rules.warningCount === 1 ? 'One warning' : `${number(rules.warningCount)} warnings`}
          </summary>
          <ProblemList problems={rules.warnings} count={rules.warningCount} />
        </details>
      )}
    </section>
  );
}
