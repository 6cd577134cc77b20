import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A worker is used again only for the same project, and the one with very many short files comes last. */
const PROJECTS = ['isolated', 'postgres', 'parts'];

/** The files that take longest, mostly waiting; named, because what a machine remembers of them is missing in a fresh clone. */
const SLOW = [
  ...['cluster', 'kill-nine', 'postgres', 'page', 'store-trouble', 'shutdown', 'sftp-server', 'rules-live'],
  ...['page-access', 'files', 'mutants', 'large-file', 'cli', 'hostile-receiver', 'sqlite', 'main'],
  ...['isolation', 'intake-routes', 'sqlite-kill', 'postgres-trouble', 'architecture', 'equivalence'],
];

/** Begins with the files that take long, so that at the end no core has to wait for the last of them. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = await super.sort(files);
    return known.toSorted((a, b) => projectOf(a) - projectOf(b) || slownessOf(b) - slownessOf(a));
  }
}

function projectOf({ project }: TestSpecification): number {
  return PROJECTS.indexOf(project.name);
}

function slownessOf({ moduleId }: TestSpecification): number {
  const place = SLOW.indexOf(basename(moduleId, '.test.ts'));
  return place < 0 ? 0 : SLOW.length - place;
}
