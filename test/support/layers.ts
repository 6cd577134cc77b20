/** A layer of the source: a folder, or a few files at its top. */
export interface Layer {
  readonly name: string;
  /** Its files, as ESLint wants them. */
  readonly files: string[];
  /** What an import of it looks like. */
  readonly imports: string;
}

function folders(...names: string[]): Layer {
  return {
    name: names.join(' and '),
    files: names.map((name) => `src/${name}/**`),
    imports: `/(?:${names.join('|')})/[^/]`,
  };
}

function files(...names: string[]): Layer {
  return {
    name: names.join(', '),
    files: names.map((name) => `src/${name}.ts`),
    imports: `/(?:${names.join('|')})\\.ts$`,
  };
}

/** From left to right: a file imports only from its own layer and those before it. */
export const LAYERS: readonly Layer[] = [
  // Runs in the browser: it imports nothing of the router, and nothing of the router imports it.
  folders('page'),
  folders('check'),
  folders('cdr'),
  folders('match'),
  folders('template'),
  folders('webhooks'),
  folders('store'),
  folders('intake', 'relay', 'runs'),
  folders('http'),
  files(
    'documents',
    'package-files',
    'page-files',
    'environment',
    'thread-pool',
    'config-sources',
    'config-files',
    'config-intake',
    'config-recordings',
    'config-store',
    'config',
    'log',
    'source-observer',
    'store-observer',
    'recording-observer',
    'observer',
  ),
  files('rules-parts', 'recording-parts', 'relay-parts', 'main'),
  folders('commands'),
  files('cli'),
];

/** Packages that one place alone may know, so that it can be exchanged there. */
export const FORBIDDEN_PACKAGES: readonly { readonly regex: string; readonly allowed: string }[] = [
  { regex: '^node:sqlite$', allowed: 'src/store/sqlite' },
  { regex: '^pg$', allowed: 'src/store/postgres' },
  { regex: '^lowdb', allowed: 'src/webhooks/rules-file.ts' },
  { regex: '^got$', allowed: 'src/relay/got/' },
  { regex: '^ipaddr\\.js$', allowed: 'src/relay/addresses.ts' },
  { regex: '^ssh2$', allowed: 'src/intake/sftp' },
  { regex: '^json-logic-js$', allowed: 'src/match/logic.ts' },
  { regex: '^preact', allowed: 'src/page' },
  { regex: '^esbuild$', allowed: 'src/page-files.ts' },
];

/** Packages that the source imports and the published package does without: the page is bundled when it is built. */
export const BUNDLING_PACKAGES: readonly string[] = ['preact', 'esbuild'];
