import { apiDocument } from '../http/openapi/document.ts';
import { apiSchemas, packageVersion } from '../package-files.ts';
import { print, readOptions, UsageError, type Command } from './command.ts';

/** `hookswitch openapi`. */
export const openapi: Command = {
  help: `hookswitch openapi

Prints the OpenAPI 3.1 document that a running router has at /api/v1/openapi.json, as JSON. It has it to read at /docs.`,
  run(args) {
    const { positionals } = readOptions(args, { json: { type: 'boolean' } });
    if (positionals.length > 0) throw new UsageError(`"${positionals.join(' ')}" is too much`);
    print(JSON.stringify(apiDocument(apiSchemas(), packageVersion()), null, 2));
    return Promise.resolve(0);
  },
};
