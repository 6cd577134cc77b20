#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from './commands/check.ts';
import { tell, print, UsageError, type Command } from './commands/command.ts';
import { match } from './commands/match.ts';
import { serve } from './commands/serve.ts';
import { PACKAGE_FOLDER } from './package-files.ts';

const COMMANDS: readonly Command[] = [serve, check, match];

const HELP = `hookswitch COMMAND [OPTIONS]

Routes call detail records to webhooks.

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(8)} ${summary}`).join('\n')}

hookswitch COMMAND --help tells more. Exit codes: 0 success, 1 failure, 2 wrong use.`;

/** Runs a command line and gives its exit code. Errors are told in a sentence, never as a stack trace. */
async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || ['help', '--help', '-h'].includes(name)) {
    print(HELP);
    return name === undefined ? 2 : 0;
  }
  if (['version', '--version', '-v'].includes(name)) {
    print(packageVersion());
    return 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    tell(`hookswitch: there is no command "${name}"\n\n${HELP}`);
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) {
    print(command.help);
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    tell(`hookswitch ${name}: ${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof UsageError) tell(`\n${command.help}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function packageVersion(): string {
  const document = JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as {
    version: string;
  };
  return document.version;
}

process.exitCode = await run(process.argv.slice(2));
