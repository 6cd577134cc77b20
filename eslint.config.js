import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { FORBIDDEN_PACKAGES, LAYERS } from './test/support/layers.ts';

/** Each layer may import itself and what stands before it, never what stands after it. */
const direction = LAYERS.map(({ files }, index) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...LAYERS.slice(index + 1).map(({ name, imports }) => ({
            regex: imports,
            message: `${name} stands to the right of this folder (ARCHITECTURE.md, layers).`,
          })),
          ...FORBIDDEN_PACKAGES.filter(
            ({ allowed }) => !files.some((file) => allowed.startsWith(file.replace('/**', ''))),
          ).map(({ regex, allowed }) => ({ regex, message: `Only ${allowed} may know this package.` })),
        ],
      },
    ],
  },
}));

export default defineConfig(
  globalIgnores(['dist', 'coverage', 'node_modules']),
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Give it a name.' },
        { selector: 'ExportAllDeclaration', message: 'No barrel files.' },
      ],
    },
  },
  {
    files: ['src/**'],
    rules: {
      complexity: ['error', 10],
      'max-lines': ['error', 250],
      'max-lines-per-function': ['error', 60],
      'max-params': ['error', 4],
    },
  },
  ...direction,
  { files: ['*.js', '*.ts'], ...tseslint.configs.disableTypeChecked },
  // ESLint and vitest want a default export of their configuration.
  { files: ['*.js', '*.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
