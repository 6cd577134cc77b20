import { CALL_FIELDS, CALL_PREFIX } from '../cdr/call-fields.ts';
import { fieldOf, valueAt, type Cdr } from '../cdr/cdr.ts';
import type { JsonObject, JsonValue } from '../check/json-text.ts';
import { uuid5 } from './uuid.ts';

const CALL_NAMES = Object.keys(CALL_FIELDS);

/** What a template is rendered from. There is no clock in it: rendered again it gives the same. */
export interface TemplateContext {
  readonly webhook: { readonly id: string; readonly name: string; readonly meta: JsonObject };
  /** `id` is what goes out as `webhook-id`: the same for one CDR and webhook, whenever it is sent. */
  readonly delivery: { readonly id: string };
  /** With its overlay, where its vendor has one. */
  readonly cdr: Cdr;
}

/** What the first word of a path stands for. */
interface Root {
  /** What may follow its dot: some names, anything, or nothing. */
  readonly members: readonly string[] | 'any' | 'none';
  /** Whether it can stand alone. */
  readonly isWhole: boolean;
  /** @param rest what follows the first dot of the path, `''` when it stands alone. */
  readonly value: (context: TemplateContext, rest: string) => JsonValue | undefined;
}

const ROOTS: ReadonlyMap<string, Root> = new Map<string, Root>([
  ['name', { members: 'none', isWhole: true, value: ({ webhook }) => webhook.name }],
  ['meta', { members: 'any', isWhole: true, value: ({ webhook }, rest) => valueAt(webhook.meta, rest) }],
  ['cdr', { members: 'any', isWhole: true, value: ({ cdr }, rest) => fieldOf(cdr, rest) }],
  ['call', { members: CALL_NAMES, isWhole: true, value: ({ cdr }, rest) => callValue(cdr, rest) }],
  [
    'webhook',
    {
      members: ['id', 'name'],
      isWhole: false,
      value: ({ webhook }, rest) => (rest === 'id' ? webhook.id : webhook.name),
    },
  ],
  [
    'delivery',
    {
      members: ['id', 'uuid'],
      isWhole: false,
      value: ({ delivery }, rest) => (rest === 'id' ? delivery.id : uuid5(delivery.id)),
    },
  ],
  ['recordings', { members: 'any', isWhole: true, value: ({ cdr }, rest) => recordingValue(cdr, rest) }],
  ['source', { members: 'none', isWhole: true, value: ({ cdr }) => cdr.source }],
  ['vendor', { members: 'none', isWhole: true, value: ({ cdr }) => cdr.vendor }],
  ['receivedAt', { members: 'none', isWhole: true, value: ({ cdr }) => cdr.receivedAt }],
]);

function callValue(cdr: Cdr, rest: string): JsonValue | undefined {
  if (rest !== '') return fieldOf(cdr, `${CALL_PREFIX}${rest}`);
  const given = CALL_NAMES.map((name) => [name, fieldOf(cdr, `${CALL_PREFIX}${name}`)] as const);
  const there = given.filter(([, value]) => value !== undefined);
  return there.length === 0 ? undefined : (Object.fromEntries(there) as JsonObject);
}

function recordingValue({ recordings }: Cdr, rest: string): JsonValue | undefined {
  return valueAt(recordings?.() as unknown as JsonValue | undefined, rest);
}

/** The value that a checked path names, `undefined` when it is absent. */
export function valueIn(context: TemplateContext, path: string): JsonValue | undefined {
  const { root, rest } = split(path);
  return ROOTS.get(root)?.value(context, rest);
}

/** The path inside the CDR that a path names, `undefined` when it names something else. */
export function pathInCdr(path: string): string | undefined {
  const { root, rest } = split(path);
  return root === 'cdr' ? rest : undefined;
}

/** What is wrong with a path that a template names, `undefined` when nothing is. */
export function complaintAboutPath(path: string): string | undefined {
  const { root: name, rest } = split(path);
  const root = ROOTS.get(name);
  if (root === undefined) {
    return `there is no "${path}"; a path begins with ${[...ROOTS.keys()].join(', ')} (a field of the CDR is written cdr.field)`;
  }
  if (!path.includes('.') && root.isWhole) return undefined;
  if (root.members === 'none') return `"${name}" is a text and has nothing inside it`;
  if (root.members !== 'any' && !root.members.includes(rest)) {
    return `there is no "${path}"; "${name}" has ${root.members.join(', ')}`;
  }
  if (name === 'cdr' && rest.startsWith('$')) {
    return `a sender's own name that begins with $ is written "cdr.\\\\${rest}" in JSON`;
  }
  return rest === '' ? `"${path}" ends with a dot` : undefined;
}

function split(path: string): { root: string; rest: string } {
  const dot = path.indexOf('.');
  return dot < 0 ? { root: path, rest: '' } : { root: path.slice(0, dot), rest: path.slice(dot + 1) };
}
