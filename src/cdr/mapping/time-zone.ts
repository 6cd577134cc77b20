const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether a text names a time zone (IANA, such as `Europe/Berlin`). */
export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/**
 * The moment at which clocks in a zone show a local time. An hour that clocks skip is read with the offset before the
 * change, and of an hour that they show twice the first is meant (as ECMA-262's Temporal has it, "compatible").
 *
 * @param localMs the local time as epoch milliseconds, as if it were UTC.
 * @returns epoch milliseconds.
 * @throws RangeError when there is no such zone.
 */
export function momentOf(localMs: number, zone: string): number {
  const before = offsetMs(localMs - DAY_MS, zone);
  const after = offsetMs(localMs + DAY_MS, zone);
  const candidates = [localMs - before, localMs - after];
  const fitting = candidates.filter((moment) => moment + offsetMs(moment, zone) === localMs);
  return fitting.length === 0 ? localMs - before : Math.min(...fitting);
}

/** How far the clocks of a zone are ahead of UTC at a moment. */
function offsetMs(moment: number, zone: string): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shown - (moment - (((moment % 1_000) + 1_000) % 1_000));
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, format);
  return format;
}
