import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { PageMissingError, type PageFile, type PageFiles } from './http/page-routes.ts';

/** The page's sources in a checkout; the built page in the published package. */
const PAGE_FOLDER = join(import.meta.dirname, 'page');
const ENTRY = join(PAGE_FOLDER, 'main.tsx');
const HTML = 'page.html';
const ICON = 'icon.svg';

/**
 * The files of the page: those that were built into the package, or, in a checkout, bundled now.
 *
 * @throws PageMissingError when there is neither a built page nor esbuild.
 */
export function loadPage(): Promise<PageFiles> {
  if (existsSync(ENTRY)) return bundlePage();
  if (existsSync(join(PAGE_FOLDER, HTML))) return Promise.resolve(readBuiltPage());
  return Promise.reject(new PageMissingError('the page is not in this package; npm run build makes it'));
}

/**
 * Bundles the page from its sources: scripts and styles get the digest of their content into their names.
 *
 * @throws PageMissingError when esbuild is not installed.
 */
export async function bundlePage(): Promise<PageFiles> {
  const { build, stop } = await loadEsbuild();
  try {
    const { outputFiles = [] } = await build(BUNDLE);
    const bundled = outputFiles.map(({ path, contents }) => ({ name: basename(path), content: contents }));
    return filesOf([...bundled, source(ICON), htmlFor(bundled.map(({ name }) => name))]);
  } finally {
    // esbuild is a process of its own, which would stay.
    await stop();
  }
}

const BUNDLE: BuildOptions = {
  entryPoints: [ENTRY, join(PAGE_FOLDER, 'main.css')],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  outdir: PAGE_FOLDER,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2023',
  legalComments: 'none',
  logLevel: 'silent',
};

async function loadEsbuild() {
  try {
    return await import('esbuild');
  } catch (error) {
    const advice = 'the page is bundled by esbuild, which is not installed here; npm ci brings it';
    throw new PageMissingError(advice, { cause: error });
  }
}

/** The document, with the names of scripts and styles as they were bundled. */
function htmlFor(names: readonly string[]): PageFile {
  const { name, content } = source(HTML);
  const html = names.reduce(
    (text, bundled) => text.replace(bundled.replace(/-[^-]+(?=\.\w+$)/, ''), bundled),
    Buffer.from(content).toString('utf8'),
  );
  return { name, content: Buffer.from(html) };
}

function readBuiltPage(): PageFiles {
  return filesOf(readdirSync(PAGE_FOLDER).map(source));
}

function source(name: string): PageFile {
  return { name, content: readFileSync(join(PAGE_FOLDER, name)) };
}

function filesOf(files: readonly PageFile[]): PageFiles {
  return new Map(files.map((file) => [file.name, file]));
}
