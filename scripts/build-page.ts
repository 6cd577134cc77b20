import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePage } from '../src/page-files.ts';

/** Bundles the page into `dist/page`, where the published package has it. */
const folder = join(import.meta.dirname, '..', 'dist', 'page');
mkdirSync(folder, { recursive: true });
for (const { name, content } of (await bundlePage()).values()) writeFileSync(join(folder, name), content);
