import { configPath, loadConfig } from '../config.ts';
import { ENVIRONMENT_HELP } from '../environment.ts';
import { makeLog } from '../log.ts';
import { startRouter } from '../main.ts';
import { configSchemaCheck, loadVendors } from '../package-files.ts';
import { readOptions, type Command } from './command.ts';
import { untilStopped } from './until-stopped.ts';

const HELP = `hookswitch serve [--config FILE]

Runs the router until it gets SIGTERM or SIGINT; it then ends what is under way and exits.
Without --config it reads config.json, or the example configuration when there is none.
A database that cannot be reached is waited for, for a minute; then, and at once when it refuses the user or
is not there, the exit code is 1.

The environment wins over the configuration file:
${ENVIRONMENT_HELP.map(([name, help]) => `  ${name.padEnd(34)} ${help}`).join('\n')}`;

/** `hookswitch serve`. */
export const serve: Command = {
  help: HELP,
  async run(args) {
    const { values } = readOptions(args, { config: { type: 'string' } });
    const vendors = loadVendors();
    const path = configPath(values.config, process.env);
    const config = loadConfig(path, process.env, configSchemaCheck(), vendors);
    const log = makeLog(config.logLevel);
    // Taken before the router starts, so that a stop during the start is not missed.
    const stopped = untilStopped();
    const stopping = new AbortController();
    void stopped.then(() => {
      stopping.abort();
    });
    const { signal: whenStopped } = stopping;
    const started = startRouter({ config, vendors, log, environment: process.env, signal: whenStopped });
    const router = await started.catch((error: unknown) => {
      if (whenStopped.aborted) return undefined;
      throw error;
    });
    if (router === undefined) {
      log.info('router.stopped');
      return 0;
    }
    const sources = [...config.sources.keys()];
    const { url, adminUrl, sftpUrl } = router;
    const folders = config.folders.map((folder) => folder.path);
    log.info({ url, adminUrl, sftpUrl, config: path, sources, folders }, 'router.started');
    const signal = await stopped;
    log.info({ signal }, 'router.stopping');
    await router.stop();
    log.info('router.stopped');
    return 0;
  },
};
