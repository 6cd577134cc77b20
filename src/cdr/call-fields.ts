/** Words a field is limited to, or what kind of value it has. */
export type CallFieldType = 'text' | 'time' | 'seconds' | 'boolean' | readonly string[];

/** The fields of the vendor-neutral overlay, which conditions name `$call.<field>`. */
export const CALL_FIELDS = {
  id: 'text',
  group: 'text',
  kind: ['final', 'live'],
  direction: ['inbound', 'outbound', 'internal'],
  status: ['answered', 'no-answer', 'busy', 'rejected', 'cancelled', 'failed', 'voicemail', 'blocked'],
  answered: 'boolean',
  missed: 'boolean',
  from: 'text',
  to: 'text',
  dialled: 'text',
  agent: 'text',
  queue: 'text',
  start: 'time',
  answer: 'time',
  end: 'time',
  duration: 'seconds',
  wait: 'seconds',
  total: 'seconds',
  recording: 'text',
  cause: 'text',
  fromAddress: 'text',
  toAddress: 'text',
} as const satisfies Readonly<Record<string, CallFieldType>>;

/** The name of a field of the overlay. */
export type CallField = keyof typeof CALL_FIELDS;

/** What a field of the overlay can hold. */
export type CallValue = string | number | boolean;

/** What begins the name of a field of the overlay in a condition or a mapping. */
export const CALL_PREFIX = '$call.';

/** Whether there is a field of this name. */
export function isCallField(name: string): name is CallField {
  return Object.hasOwn(CALL_FIELDS, name);
}
