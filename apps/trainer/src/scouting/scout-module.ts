import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TrainScout } from '@warmstart/guided-tl';
import type { StateDict } from '@warmstart/shapes';
import { openCheckpoint } from '../models/open-checkpoint.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

/** What a user's module of scouts gives. */
export interface ScoutModule {
  url: URL;
  train: TrainScout;
  /** The same every time for the same seed: every shard and worker makes them anew. */
  subproblems(seed: number): Promise<readonly unknown[]>;
  /** Asks for rehearsals: the default export then also takes `job.guides` and returns `heldOut`. */
  refine?: { rounds?: number; rehearsals?: number; rate?: number };
}

/**
 * Loads the user's own JavaScript module: its default export trains one scout, its export `subproblems` is
 * a list, or a function of `{ seed }` that gives one. `export const refine = {}`, or with `rounds`, `rehearsals`
 * and `rate`, asks for guides corrected by rehearsals.
 *
 * @throws UsageError if it has no such exports
 */
export async function loadScoutModule(path: string): Promise<ScoutModule> {
  const url = pathToFileURL(resolve(path));
  const { default: train, subproblems, refine } = (await import(url.href)) as Record<string, unknown>;
  if (typeof train !== 'function' || (typeof subproblems !== 'function' && !Array.isArray(subproblems))) {
    throw new UsageError(
      `scout: ${path} must export default (job) => Promise<StateDict>, and subproblems as a list or a function of ` +
        `{ seed }, got exports of ${typeof train} and ${typeof subproblems}.`,
    );
  }
  if (refine !== undefined && (typeof refine !== 'object' || refine === null)) {
    throw new UsageError(
      `scout: refine of ${path} must be an object such as { rounds: 60, rehearsals: 10 }, got ${String(refine)}.`,
    );
  }
  return {
    url,
    train: train as TrainScout,
    ...(refine ? { refine } : {}),
    async subproblems(seed) {
      const list: unknown = typeof subproblems === 'function' ? await subproblems({ seed }) : subproblems;
      if (Array.isArray(list)) return list;
      throw new UsageError(`scout: subproblems of ${path} must give a list, got ${typeof list}.`);
    },
  };
}

/** The metadata entry of a model file that says what it is, see `cardJsonSchema` of `@warmstart/transfer`. */
const cardKey = 'warmstart.card';

/** Pre-trained weights, and what their file says of itself. */
export interface Base {
  weights: StateDict;
  /** Of a file that `warmstart pretrain` wrote: what makes it an encoder, to be kept with the recentred weights. */
  metadata: Record<string, string>;
}

/** The weights of a checkpoint in any format. */
export async function openBase(
  path: string,
  at: string | undefined,
  terminal: Pick<Terminal, 'signal'>,
): Promise<Base> {
  const checkpoint = await openCheckpoint(path, terminal);
  try {
    const card = checkpoint.metadata[cardKey];
    return {
      weights: await checkpoint.stateDict(at === undefined ? {} : { at }),
      metadata: typeof card === 'string' ? { [cardKey]: card } : {},
    };
  } finally {
    await checkpoint.close();
  }
}
