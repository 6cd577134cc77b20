import type { CallField, CallValue } from '../../src/cdr/call-fields.ts';
import { makeCdr, withCall, type Cdr } from '../../src/cdr/cdr.ts';
import type { JsonObject } from '../../src/check/json-text.ts';
import type { CompiledTemplate, Template } from '../../src/template/template.ts';
import type { TemplateContext } from '../../src/template/context.ts';

/** Fields of the overlay, as a test writes them. */
export type CallFields = Readonly<Partial<Record<CallField, CallValue | undefined>>>;

/** Gives a CDR an overlay that a test has written. */
export function withFields(cdr: Cdr, call: CallFields | undefined): Cdr {
  return withCall(cdr, () => ({ field: (name) => call?.[name as CallField] }));
}

/** A context as it is when a CDR is sent. */
export function contextOf({
  raw = '{}',
  call,
  meta = {},
  id = 'tickets',
}: {
  readonly raw?: string;
  readonly call?: CallFields;
  readonly meta?: JsonObject;
  readonly id?: string;
} = {}): TemplateContext {
  const cdr = makeCdr(
    { raw, record: JSON.parse(raw) as JsonObject },
    'office',
    'generic',
    new Date('2026-05-12T08:30:00.123Z'),
  );
  return {
    webhook: { id, name: 'Tickets', meta },
    delivery: { id: `cdr_01M808A1PXQCVBJ2HC8V0VSDFQ_${id}` },
    cdr: withFields(cdr, call),
  };
}

/** The template of a compilation that must have gone well. */
export function templateOf({ template, problems }: CompiledTemplate): Template {
  if (template === undefined) throw new Error(JSON.stringify(problems));
  return template;
}

/** `pointer message` of each problem. */
export function told({ problems }: CompiledTemplate): string[] {
  return problems.map(({ pointer, message }) => `${pointer} ${message}`);
}
