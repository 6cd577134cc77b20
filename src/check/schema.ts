import { Ajv2020, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { errorAt, pointerTo, type Problem } from './problem.ts';

/** A JSON Schema made into a function (draft 2020-12): gives the problems of a value, none when it is valid. */
export type SchemaCheck = (value: unknown) => Problem[];

/** A mistake in a schema is an error, but for what is only a matter of style. */
const STRICT = { strict: true, allowUnionTypes: true, strictRequired: false };

/**
 * A check of documents that people write: all problems are found, not only the first. The schema, one of the package's own, is
 * compiled when it is needed first: a start of the router needs few of them.
 *
 * @param shared schemas that `schema` refers to, by the file names it refers to them by.
 * @throws Error, when it is first used, if the schema itself is wrong.
 */
export function documentCheck(
  schema: AnySchema,
  shared: Readonly<Record<string, AnySchema>> = {},
): SchemaCheck {
  return whenNeeded(() => compile(documentAjv, schema, shared));
}

/**
 * A check of records that systems send: only the first problem is found, so that a hostile record cannot make its own check
 * expensive. It, too, is compiled when a record comes: most routers see those of a vendor or two.
 *
 * @throws Error at once when the schema does not fit the schema of schemas, and when it is first used if it has another mistake,
 *   such as an unknown keyword.
 */
export function recordCheck(schema: AnySchema): SchemaCheck {
  void documentAjv.validateSchema(schema, true);
  return whenNeeded(() => compile(recordAjv, schema));
}

/**
 * Whether records fit a schema, without a word on why not: for what is asked of every record, mostly in vain.
 *
 * @throws Error when the schema itself is wrong.
 */
export function recordTest(schema: AnySchema): (value: unknown) => boolean {
  void documentAjv.validateSchema(schema, true);
  const validate = compiled(recordAjv, schema);
  return (value) => validate(value);
}

function whenNeeded(make: () => SchemaCheck): SchemaCheck {
  let made: SchemaCheck | undefined;
  return (value) => (made ??= make())(value);
}

/**
 * One for all, because each compiles the schema of schemas for itself, which takes longer than most of ours; only the first does.
 * Its code is not optimised: that takes longer than all else, at every start, and gains little.
 */
const documentAjv = new Ajv2020({ ...STRICT, allErrors: true, verbose: true, code: { optimize: false } });
const recordAjv = new Ajv2020({
  ...STRICT,
  allErrors: false,
  validateSchema: false,
  code: { optimize: false },
});

function compile(ajv: Ajv2020, schema: AnySchema, shared?: Readonly<Record<string, AnySchema>>): SchemaCheck {
  return check(compiled(ajv, schema, shared));
}

function compiled(
  ajv: Ajv2020,
  schema: AnySchema,
  shared: Readonly<Record<string, AnySchema>> = {},
): ValidateFunction {
  for (const [name, other] of Object.entries(shared)) ajv.addSchema(other, name);
  try {
    return ajv.compile(schema);
  } finally {
    // What is compiled does not need them; a name or an `$id` may come again.
    for (const known of [schema, ...Object.keys(shared), ...Object.values(shared)]) ajv.removeSchema(known);
  }
}

function check(validate: ValidateFunction): SchemaCheck {
  return (value) => (validate(value) ? [] : (validate.errors ?? []).filter(tellsSomething).map(toProblem));
}

/** AJV reports a failed `if` beside the errors of its `then`; only the latter help a reader. */
function tellsSomething(error: ErrorObject): boolean {
  return error.keyword !== 'if';
}

/** How an error of each JSON Schema keyword is told; any other keyword is told in AJV's own words. */
const MESSAGES: Readonly<
  Record<string, (params: Readonly<Record<string, unknown>>, error: ErrorObject) => string>
> = {
  additionalProperties: (params, error) =>
    `unknown member "${String(params['additionalProperty'])}"${knownMembers(error)}`,
  required: (params) => `"${String(params['missingProperty'])}" is missing`,
  type: (params) => `must be ${[params['type']].flat().join(' or ')}`,
  enum: (params) => `must be one of ${JSON.stringify(params['allowedValues'])}`,
  const: (params) => `must be ${JSON.stringify(params['allowedValue'])}`,
  pattern: (params, error) => describedBy(error) ?? `must match ${String(params['pattern'])}`,
};

function toProblem(error: ErrorObject): Problem {
  const params = error.params as Readonly<Record<string, unknown>>;
  const unknownMember = params['additionalProperty'];
  const pointer =
    typeof unknownMember === 'string' ? pointerTo(error.instancePath, unknownMember) : error.instancePath;
  const tell = MESSAGES[error.keyword];
  return errorAt(pointer, tell?.(params, error) ?? error.message ?? `fails "${error.keyword}"`);
}

/** The members that may stand beside a refused one (known only with AJV's `verbose`). */
function knownMembers(error: ErrorObject): string {
  const properties = (error.parentSchema as { properties?: object } | undefined)?.properties;
  return properties === undefined ? '' : `; known here: ${Object.keys(properties).join(', ')}`;
}

/** A pattern says little to a reader, so a schema with one says in `description` what it wants. */
function describedBy(error: ErrorObject): string | undefined {
  const description = (error.parentSchema as { description?: string } | undefined)?.description;
  return description === undefined ? undefined : `does not have the right form: ${description}`;
}
