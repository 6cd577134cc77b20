import { Router } from 'express';
import type { Vendors } from '../../cdr/vendor.ts';
import type { SourceWatch } from '../../intake/source-watch.ts';
import type { Source } from '../../intake/source.ts';
import { allowOnly } from '../problem.ts';
import { time } from './representations.ts';

/** What the routes about sources and vendors need. */
export interface SourceRoutesOptions {
  readonly sources: ReadonlyMap<string, Source>;
  readonly vendors: Vendors;
  readonly sourceWatch: Pick<SourceWatch, 'check' | 'states'>;
}

/** `/sources` and `/vendors`: where CDRs come in, and whose CDRs can be read. */
export function sourceRoutes(options: SourceRoutesOptions): Router {
  const { vendors } = options;
  const router = Router();
  router
    .route('/sources')
    .get(async (_request, response) => {
      response.json({ data: await showSources(options), nextCursor: null });
    })
    .all(allowOnly('GET'));
  router
    .route('/vendors')
    .get((_request, response) => {
      const data = vendors.names.map((name) => showVendor(name, vendors));
      response.json({ data, nextCursor: null });
    })
    .all(allowOnly('GET'));
  return router;
}

/**
 * Every source with how its senders show who they are, never with what, when it was last heard of, and whether it has sent
 * less than it is expected to.
 */
export async function showSources({ sources, sourceWatch }: SourceRoutesOptions): Promise<object[]> {
  await sourceWatch.check();
  const states = new Map(sourceWatch.states().map((state) => [state.name, state]));
  return [...sources.values()].map((source) => {
    const state = states.get(source.name);
    return {
      name: source.name,
      vendor: source.vendor?.profile.vendor ?? null,
      authentication: authenticationOf(source),
      lastReceivedAt: time(state?.lastReceivedAtMs),
      quiet: state?.quietSinceMs !== undefined,
      quietSince: time(state?.quietSinceMs),
    };
  });
}

function authenticationOf({ credentials, verifier }: Source): string[] {
  const shown = credentials === undefined ? [] : ['basic' in credentials ? 'basic' : 'bearer'];
  return verifier === undefined ? shown : [...shown, 'signature'];
}

function showVendor(name: string, vendors: Vendors): object {
  const profile = vendors.get(name)?.profile;
  return { id: name, title: profile?.title ?? name, description: profile?.description ?? '' };
}
