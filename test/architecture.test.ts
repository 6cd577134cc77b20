import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { PACKAGE_FOLDER } from '../src/package-files.ts';
import { BUNDLING_PACKAGES, FORBIDDEN_PACKAGES, LAYERS } from './support/layers.ts';

/** One file of the source, parsed. */
interface SourceFile {
  /** From the package's folder on, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly nodes: readonly ts.Node[];
  /** What it imports, also by `import()` and `require`: packages, and files as paths like those of `files`. */
  readonly imports: readonly string[];
}

const files: SourceFile[] = readdirSync(join(PACKAGE_FOLDER, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map(({ parentPath, name }) => {
    const path = join(parentPath, name)
      .slice(PACKAGE_FOLDER.length + 1)
      .replaceAll('\\', '/');
    const text = readFileSync(join(PACKAGE_FOLDER, path), 'utf8');
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    const nodes = nodesOf(source);
    return { path, text, nodes, imports: nodes.flatMap((node) => importOf(node, path)) };
  });

function nodesOf(root: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return nodes;
}

function importOf(node: ts.Node, path: string): string[] {
  const specifier = importedBy(node);
  if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return [];
  const isFile = specifier.text.startsWith('.');
  return [isFile ? posix.join(posix.dirname(path), specifier.text) : specifier.text];
}

function importedBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  const isImport =
    ts.isCallExpression(node) &&
    (node.expression.kind === ts.SyntaxKind.ImportKeyword || /^require\b/.test(node.expression.getText()));
  return isImport ? node.arguments[0] : undefined;
}

const layersOfPath = new Map<string, readonly number[]>();

/** The indices of the layers that a path belongs to. */
function layersOf(path: string): readonly number[] {
  const known = layersOfPath.get(path);
  if (known !== undefined) return known;
  const layers = LAYERS.flatMap(({ files: patterns }, index) =>
    patterns.some((pattern) => posix.matchesGlob(path, pattern)) ? [index] : [],
  );
  layersOfPath.set(path, layers);
  return layers;
}

/** `path: what` of everything that `find` finds in the files. */
function found(where: readonly SourceFile[], find: (file: SourceFile) => readonly string[]): string[] {
  return where.flatMap((file) => find(file).map((what) => `${file.path}: ${what}`));
}

const pure = files.filter(({ path }) => /^src\/(?:cdr|match|template)\//.test(path));

describe('the layers', () => {
  test('have each file in exactly one of them', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(files.filter(({ path }) => layersOf(path).length !== 1).map(({ path }) => path)).toEqual([]);
  });

  test('all have files', () => {
    const used = new Set(files.flatMap(({ path }) => layersOf(path)));
    expect(LAYERS.filter((_, index) => !used.has(index)).map(({ name }) => name)).toEqual([]);
  });

  test('are imported from left to right only', () => {
    const backwards = found(files, (file) => {
      const own = Math.max(...layersOf(file.path));
      return file.imports.filter(
        (path) => path.startsWith('src/') && layersOf(path).some((other) => other > own),
      );
    });
    expect(backwards).toEqual([]);
  });

  test('have none that imports the page, which is for the browser', () => {
    const router = files.filter(({ path }) => !path.startsWith('src/page/'));
    expect(found(router, (file) => file.imports.filter((path) => path.startsWith('src/page/')))).toEqual([]);
  });

  test('import files that are there, with their endings', () => {
    const paths = new Set(files.map(({ path }) => path));
    const astray = found(files, (file) =>
      file.imports.filter((path) => /^src.*\.tsx?$/.test(path) && !paths.has(path)),
    );
    expect(astray).toEqual([]);
  });
});

describe('packages', () => {
  test.each(FORBIDDEN_PACKAGES)('$regex are known to $allowed alone, and there', ({ regex, allowed }) => {
    const users = files.filter((file) => file.imports.some((name) => new RegExp(regex).test(name)));
    expect(users).not.toEqual([]);
    expect(users.map(({ path }) => path).filter((path) => !path.startsWith(allowed))).toEqual([]);
  });

  test('are all named in package.json', () => {
    const { dependencies } = JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const known = new Set([...Object.keys(dependencies), ...BUNDLING_PACKAGES]);
    const unnamed = found(files, (file) =>
      file.imports.filter((name) => {
        const [scope = '', rest = ''] = name.split('/');
        const packageName = name.startsWith('@') ? `${scope}/${rest}` : scope;
        return !/^(?:src\/|node:)/.test(name) && !known.has(packageName);
      }),
    );
    expect(unnamed).toEqual([]);
  });
});

describe('cdr, match and template', () => {
  test('do no input or output: they import nothing of Node but what loads json-logic-js and a digest', () => {
    const nodeImports = found(pure, (file) => file.imports.filter((name) => name.startsWith('node:')));
    expect(pure.length).toBeGreaterThan(8);
    expect(nodeImports).toEqual(['src/match/logic.ts: node:module', 'src/template/uuid.ts: node:crypto']);
  });

  test('use no global that does input or output', () => {
    const globals = new Set(['process', 'console', 'fetch', 'setTimeout', 'setInterval', 'setImmediate']);
    const used = found(pure, ({ nodes }) =>
      nodes
        .filter(ts.isIdentifier)
        .map(({ text }) => text)
        .filter((name) => globals.has(name)),
    );
    expect(used).toEqual([]);
  });

  test('read no clock', () => {
    const clocks = found(pure, ({ nodes }) => nodes.filter(readsClock).map((node) => node.getText()));
    expect(clocks).toEqual([]);
  });
});

/** `Date.now()`, `Date()`, `new Date()` without a time, and `performance`. */
function readsClock(node: ts.Node): boolean {
  if (ts.isIdentifier(node)) return node.text === 'performance' || node.text === 'Temporal';
  if (ts.isNewExpression(node)) return node.expression.getText() === 'Date' && !node.arguments?.length;
  return ts.isCallExpression(node) && /^Date(?:\.now)?$/.test(node.expression.getText());
}

describe('a file', () => {
  test('is never called index.ts', () => {
    expect(files.map(({ path }) => path).filter((path) => /(?:^|\/)index\.\w+$/.test(path))).toEqual([]);
  });

  test('has at most 250 lines', () => {
    const long = files.filter(({ text }) => text.trimEnd().split('\n').length > 250);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('has no default export and is no barrel', () => {
    const defaults = found(files, ({ nodes }) => nodes.filter(isUnnamedExport).map((node) => node.getText()));
    expect(defaults).toEqual([]);
  });
});

/** `export default`, `export { x as default }`, `export * from` and `export { x } from`. */
function isUnnamedExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportDeclaration(node)) return node.moduleSpecifier !== undefined;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return node.kind === ts.SyntaxKind.DefaultKeyword && ts.isFunctionLike(node.parent);
}
