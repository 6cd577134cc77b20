import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCdr } from '../../src/cdr/cdr.ts';
import { decode } from '../../src/cdr/decode/decode.ts';
import { VENDORS_FOLDER } from '../../src/package-files.ts';
import type { TemplateContext } from '../../src/template/context.ts';
import { withFields, type CallFields } from '../template/contexts.ts';

/** A sample CDR as a template sees it, for a webhook that is called like its recipe. */
export type SampleContext = (webhook: TemplateContext['webhook']) => TemplateContext;

function contextOf(vendor: string, sample: string, call: CallFields): SampleContext {
  const [decoded] = decode(readFileSync(join(VENDORS_FOLDER, vendor, 'samples', sample)), '');
  if (decoded === undefined) throw new Error(`${sample} holds no CDR`);
  const cdr = makeCdr(decoded, vendor, vendor, new Date('2026-11-21T14:05:00.000Z'));
  return (webhook) => ({
    webhook,
    cdr: withFields(cdr, call),
    delivery: { id: `cdr_01M808A1PXQCVBJ2HC8V0VSDFQ_${webhook.id}` },
  });
}

/** Calls of several vendors, some of which give little. */
export const CALLS: Readonly<Record<string, SampleContext>> = {
  'Cisco, missed': contextOf('cisco', 'call-telemetry-missed.json', {
    id: '1-4711023',
    kind: 'final',
    direction: 'inbound',
    status: 'no-answer',
    answered: false,
    missed: true,
    from: '+15551230100',
    to: '2210',
    dialled: '2210',
    start: '2026-11-21T14:03:22.000Z',
    end: '2026-11-21T14:03:46.000Z',
    duration: 0,
    wait: 24,
    total: 24,
    cause: 16,
  }),
  'Cisco, answered': contextOf('cisco', 'call-telemetry-answered.json', {
    id: '1-4711024',
    kind: 'final',
    direction: 'internal',
    status: 'answered',
    answered: true,
    missed: false,
    from: '2042',
    to: '2210',
    dialled: '2210',
    start: '2026-11-21T14:03:22.000Z',
    answer: '2026-11-21T14:03:30.000Z',
    end: '2026-11-21T15:06:31.000Z',
    duration: 3781,
    wait: 8,
    total: 3789,
  }),
  'Vodia, given up in a queue': contextOf('vodia', 'inbound-queue-abandoned.json', {
    id: 'f3e1@pbx.example',
    kind: 'final',
    direction: 'inbound',
    status: 'cancelled',
    answered: false,
    missed: true,
    from: '<!channel> "Böhm" & Söhne',
    dialled: '+493012345',
    queue: '600',
    start: '2026-11-21T14:03:22.417Z',
    wait: 15.712,
  }),
  'Vodia, answered': contextOf('vodia', 'inbound-queue-recorded.json', {
    id: 'f3e2@pbx.example',
    kind: 'final',
    direction: 'inbound',
    status: 'answered',
    answered: true,
    missed: false,
    from: '+4930999999',
    to: '41',
    dialled: '+493012345',
    agent: '41',
    queue: '600',
    start: '2026-11-21T14:03:22.417Z',
    answer: '2026-11-21T14:03:38.129Z',
    end: '2026-11-21T14:03:48.170Z',
    duration: 10.041,
    wait: 15.712,
    total: 25.753,
    recording: 'recordings/1.wav',
  }),
  'TeleCMI, outbound': contextOf('telecmi', 'outbound-answered-leg-a.json', {
    kind: 'final',
    direction: 'outbound',
    status: 'answered',
    answered: true,
    missed: false,
    to: '919999999999',
    duration: 65,
  }),
  'nothing but that it was missed': contextOf('generic', 'nested-object-odd-keys.json', {
    kind: 'final',
    missed: true,
  }),
  'everything very long': contextOf('generic', 'nested-object-odd-keys.json', {
    id: 'i'.repeat(400),
    kind: 'final',
    direction: 'inbound',
    status: 'no-answer',
    missed: true,
    from: '1'.repeat(400),
    to: '2'.repeat(400),
    dialled: '3'.repeat(400),
  }),
};
