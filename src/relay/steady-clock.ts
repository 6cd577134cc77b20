/** What a clock may lose on another without having been set back: they are rounded and drift. */
const SET_BACK_MS = 1_000;

/**
 * A clock for measuring how long ago something was: it goes on when the wall clock is set back. When that goes forward it
 * follows: a machine that was suspended has no other clock that says for how long.
 *
 * @param wall epoch milliseconds.
 * @param monotonic milliseconds; it is never set, but may stand still while the machine does.
 * @returns milliseconds.
 */
export function steadyClock(
  wall: () => number,
  monotonic: () => number = () => performance.now(),
): () => number {
  let aheadMs = 0;
  let lastMs = wall();
  let lastMonotonicMs = monotonic();
  return () => {
    const monotonicMs = monotonic();
    const leastMs = lastMs + monotonicMs - lastMonotonicMs;
    const readMs = wall();
    if (readMs + aheadMs < leastMs - SET_BACK_MS) aheadMs = leastMs - readMs;
    lastMs = readMs + aheadMs;
    lastMonotonicMs = monotonicMs;
    return lastMs;
  };
}
