#!/usr/bin/env node
import { cdrs } from './commands/cdrs.ts';
import { check } from './commands/check.ts';
import { tell, print, UsageError, type Command } from './commands/command.ts';
import { deliveries } from './commands/deliveries.ts';
import { demo } from './commands/demo.ts';
import { match } from './commands/match.ts';
import { migrate } from './commands/migrate/migrate.ts';
import { openapi } from './commands/openapi.ts';
import { receive } from './commands/receive.ts';
import { recipes } from './commands/recipes.ts';
import { replay } from './commands/replay.ts';
import { rules } from './commands/rules.ts';
import { serve } from './commands/serve.ts';
import { vendors } from './commands/vendors/vendors.ts';
import { webhooks } from './commands/webhooks.ts';
import { packageVersion } from './package-files.ts';

const COMMANDS: readonly Command[] = [
  serve,
  check,
  match,
  webhooks,
  rules,
  cdrs,
  deliveries,
  replay,
  migrate,
  recipes,
  vendors,
  openapi,
  receive,
  demo,
];

const HELP = `hookswitch COMMAND [OPTIONS]

Routes call detail records to webhooks.

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

hookswitch COMMAND --help tells more. Exit codes: 0 success, 1 failure, 2 wrong use.`;

/** Runs a command line and gives its exit code. */
async function run([name = '', ...args]: readonly string[]): Promise<number> {
  if (['help', '--help', '-h'].includes(name)) return printed(HELP);
  if (['version', '--version', '-v'].includes(name)) return printed(packageVersion());
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    tell(name === '' ? HELP : `hookswitch: there is no command "${name}"\n\n${HELP}`);
    return 2;
  }
  return args.includes('--help') || args.includes('-h') ? printed(command.help) : runCommand(command, args);
}

/** Errors are told in a sentence, never as a stack trace. */
async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  try {
    return await command.run(args);
  } catch (error) {
    tell(`hookswitch ${command.name}: ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof UsageError)) return 1;
    tell(`\n${command.help}`);
    return 2;
  }
}

function printed(text: string): number {
  print(text);
  return 0;
}

// Whoever reads the output may have seen enough, as `| head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.exitCode = await run(process.argv.slice(2));
