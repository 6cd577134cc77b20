/** How many webhooks there are; each CDR of the benchmark matches exactly one of them. */
export const WEBHOOKS = 100;
/** The place of the one that matches: in the middle, so that no order of looking at them is favoured. */
const MATCHING = 56;
/** Called in every CDR of the benchmark (`finalCalledPartyNumber` in cdr.json). */
const CALLED_NUMBER = '2042';

/** What a delivery has to hold beside the CDR. */
export const MATCHING_WEBHOOK = {
  name: `Department ${MATCHING}`,
  meta: { event: 'missed call', department: MATCHING, priority: 'high' },
};

/** A rules file whose webhooks all send to one url: a switchboard's departments, each with four kinds of rules. */
export function rulesText(url: string): string {
  const webhooks = Array.from({ length: WEBHOOKS }, (_, index) => webhookOf(index, url));
  return JSON.stringify({ webhooks }, undefined, 2);
}

function webhookOf(index: number, url: string): object {
  const numbers = numbersOf(index);
  if (index === MATCHING) {
    const conditions = missedCall([...numbers, CALLED_NUMBER]);
    return { id: `department-${index}`, ...MATCHING_WEBHOOK, url, conditions };
  }
  const kinds = [missedCall, longCall, busyAfterCallFrom, shortCallFromOutside];
  const kind = kinds[index % kinds.length] ?? missedCall;
  return {
    id: `department-${index}`,
    name: `Department ${index}`,
    url,
    conditions: kind(numbers),
    meta: { event: 'call', department: index },
  };
}

/** A department's own numbers. None is in the CDRs of the benchmark. */
function numbersOf(index: number): string[] {
  return [0, 1, 2, 3].map((line) => String(30_000 + index * 10 + line));
}

function missedCall(numbers: readonly string[]): object[] {
  return [
    { '==': [{ var: 'dateTimeConnect' }, 'Never'] },
    { in: [{ var: 'finalCalledPartyNumber' }, numbers] },
    { '!=': [{ var: 'origCause_value' }, '393216'] },
  ];
}

function longCall(numbers: readonly string[]): object[] {
  return [
    { '!=': [{ var: 'dateTimeConnect' }, 'Never'] },
    { '>': [{ var: 'duration' }, 600] },
    { in: [{ var: 'finalCalledPartyNumber' }, numbers] },
  ];
}

function busyAfterCallFrom(numbers: readonly string[]): object[] {
  return [
    { '==': [{ substr: [{ var: 'origDeviceName' }, 0, 3] }, 'SEP'] },
    { in: [{ var: 'callingPartyNumber' }, numbers] },
    { or: [{ '==': [{ var: 'destCause_value' }, '17'] }, { '==': [{ var: 'destCause_value' }, '18'] }] },
  ];
}

function shortCallFromOutside(numbers: readonly string[]): object[] {
  return [
    { '!': { in: [{ var: 'callingPartyNumber' }, numbers] } },
    { '==': [{ var: 'finalCalledPartyNumber' }, numbers[0]] },
    { '<': [{ var: 'duration' }, 30] },
  ];
}
