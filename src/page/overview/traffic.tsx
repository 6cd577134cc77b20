import type { JSX } from 'preact';
import type { Hour } from '../api/types.ts';
import { Bars } from '../parts/bars.tsx';
import { number, time } from '../parts/format.ts';

const SERIES = [
  { name: 'received', title: 'CDRs received' },
  { name: 'matched', title: 'CDRs matched' },
  { name: 'delivered', title: 'Delivered' },
  { name: 'failed', title: 'Failed' },
] as const;

/** The last day in four charts, and the same as a table. */
export function Traffic({ hours }: { readonly hours: readonly Hour[] }): JSX.Element {
  return (
    <section aria-label="The last 24 hours">
      <div class="tiles">
        {SERIES.map(({ name, title }) => {
          const total = hours.reduce((sum, hour) => sum + hour[name], 0);
          return (
            <div key={name} class="card tile">
              <h2>{title}</h2>
              <p class="total">{number(total)}</p>
              <Bars
                tone={name}
                label={`${title} in the last 24 hours, per hour: ${number(total)} in all`}
                bars={hours.map(({ start, [name]: count }) => ({ start, count }))}
              />
            </div>
          );
        })}
      </div>
      <details>
        <summary>The same as a table</summary>
        <HourTable hours={hours} />
      </details>
    </section>
  );
}

function HourTable({ hours }: { readonly hours: readonly Hour[] }): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Counts per hour">
      <table>
        <caption class="hidden">Counts per hour, the latest first</caption>
        <thead>
          <tr>
            <th scope="col">Hour from</th>
            {SERIES.map(({ name, title }) => (
              <th key={name} scope="col" class="count">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...hours].reverse().map((hour) => (
            <tr key={hour.start}>
              <th scope="row">{time(hour.start)}</th>
              {SERIES.map(({ name }) => (
                <td key={name} class="count">
                  {number(hour[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
