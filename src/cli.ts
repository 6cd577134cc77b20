#!/usr/bin/env node
import './thread-pool.ts';
import { enableCompileCache } from 'node:module';
import { print, tell, UsageError, type Command } from './commands/command.ts';

/** A command that is loaded when it is asked for. */
interface Offer {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  load(): Promise<Command>;
}

const COMMANDS: readonly Offer[] = [
  {
    name: 'serve',
    summary: 'run the router',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    name: 'check',
    summary: 'check configuration, rules and vendors',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'match',
    summary: 'explain which webhooks a CDR hits, and why',
    load: async () => (await import('./commands/match.ts')).match,
  },
  {
    name: 'webhooks',
    summary: 'list, create, switch webhooks of a running router',
    load: async () => (await import('./commands/webhooks.ts')).webhooks,
  },
  {
    name: 'rules',
    summary: 'export or import the rules of a running router',
    load: async () => (await import('./commands/rules/rules.ts')).rules,
  },
  {
    name: 'cdrs',
    summary: 'list what came in, or look at one CDR',
    load: async () => (await import('./commands/cdrs.ts')).cdrs,
  },
  {
    name: 'deliveries',
    summary: 'list deliveries, look at one, make them again, cancel them',
    load: async () => (await import('./commands/deliveries.ts')).deliveries,
  },
  {
    name: 'replay',
    summary: 'match stored CDRs against the rules of today',
    load: async () => (await import('./commands/replay.ts')).replay,
  },
  {
    name: 'migrate',
    summary: 'move everything between SQLite and PostgreSQL',
    load: async () => (await import('./commands/migrate/migrate.ts')).migrate,
  },
  {
    name: 'recipes',
    summary: 'list the ready webhooks for CRM and ticketing systems',
    load: async () => (await import('./commands/recipes.ts')).recipes,
  },
  {
    name: 'vendors',
    summary: 'list vendors, test how CDRs are read, begin a new vendor',
    load: async () => (await import('./commands/vendors/vendors.ts')).vendors,
  },
  {
    name: 'openapi',
    summary: 'print the OpenAPI document of the API',
    load: async () => (await import('./commands/openapi.ts')).openapi,
  },
  {
    name: 'receive',
    summary: 'print what webhooks send, to try them out',
    load: async () => (await import('./commands/receive.ts')).receive,
  },
  {
    name: 'demo',
    summary: 'see it work: sample CDRs through a router to a local receiver',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
];

const HELP = `hookswitch COMMAND [OPTIONS]

Routes call detail records to webhooks.

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

hookswitch COMMAND --help tells more. Exit codes: 0 success, 1 failure, 2 wrong use.`;

/** Runs a command line and gives its exit code. */
async function run([name = '', ...args]: readonly string[]): Promise<number> {
  if (['help', '--help', '-h'].includes(name)) return printed(HELP);
  if (['version', '--version', '-v'].includes(name)) return printed(await version());
  const offer = COMMANDS.find((candidate) => candidate.name === name);
  if (offer === undefined) {
    tell(name === '' ? HELP : `hookswitch: there is no command "${name}"\n\n${HELP}`);
    return 2;
  }
  const command = await offer.load();
  return args.includes('--help') || args.includes('-h')
    ? printed(command.help)
    : runCommand(name, command, args);
}

async function version(): Promise<string> {
  return (await import('./package-files.ts')).packageVersion();
}

/** Errors are told in a sentence, never as a stack trace. */
async function runCommand(name: string, command: Command, args: readonly string[]): Promise<number> {
  try {
    return await command.run(args);
  } catch (error) {
    tell(`hookswitch ${name}: ${error instanceof Error ? error.message : String(error)}`);
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
// What Node compiles is kept in the folder for temporary files, so that the next start takes half as long.
enableCompileCache();
process.exitCode = await run(process.argv.slice(2));
