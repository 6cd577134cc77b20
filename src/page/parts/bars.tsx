import type { JSX } from 'preact';
import { number, timeOfDay } from './format.ts';

/** One bar: a time and its count. */
export interface Bar {
  /** RFC 3339. */
  readonly start: string;
  readonly count: number;
}

const WIDTH = 480;
const HEIGHT = 64;

/** Counts per hour as bars; a title on each bar and its label tell the same in words. */
export function Bars({
  bars,
  label,
  tone,
}: {
  readonly bars: readonly Bar[];
  readonly label: string;
  readonly tone: string;
}): JSX.Element {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const step = WIDTH / Math.max(1, bars.length);
  return (
    <svg
      class={`bars ${tone}`}
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      {bars.map(({ start, count }, index) => {
        const height = count === 0 ? 1 : Math.max(3, (count / most) * HEIGHT);
        return (
          <rect
            key={start}
            class={count === 0 ? 'none' : ''}
            x={index * step + 1}
            y={HEIGHT - height}
            width={Math.max(1, step - 3)}
            height={height}
          >
            <title>{`${timeOfDay(start)}: ${number(count)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
