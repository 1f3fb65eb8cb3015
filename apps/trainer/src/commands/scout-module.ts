import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { open } from '@warmstart/core-checkpoint';
import type { StateDict, TrainScout } from '@warmstart/guided-tl';
import { UsageError } from '../failure.js';

/** What a user's module of scouts gives. */
export interface ScoutModule {
  url: URL;
  train: TrainScout;
  /** The same every time for the same seed: every shard and worker makes them anew. */
  subproblems(seed: number): Promise<readonly unknown[]>;
}

/**
 * Loads the user's own JavaScript module: its default export trains one scout, its export `subproblems` is
 * a list, or a function of `{ seed }` that gives one.
 *
 * @throws UsageError if it has no such exports
 */
export async function loadScoutModule(path: string): Promise<ScoutModule> {
  const url = pathToFileURL(resolve(path));
  const { default: train, subproblems } = (await import(url.href)) as Record<string, unknown>;
  if (typeof train !== 'function' || (typeof subproblems !== 'function' && !Array.isArray(subproblems))) {
    throw new UsageError(
      `scout: ${path} must export default (job) => Promise<StateDict>, and subproblems as a list or a function of ` +
        `{ seed }, got exports of ${typeof train} and ${typeof subproblems}.`,
    );
  }
  return {
    url,
    train: train as TrainScout,
    async subproblems(seed) {
      const list: unknown = typeof subproblems === 'function' ? await subproblems({ seed }) : subproblems;
      if (Array.isArray(list)) return list;
      throw new UsageError(`scout: subproblems of ${path} must give a list, got ${typeof list}.`);
    },
  };
}

/** The weights of a checkpoint in any format. */
export async function openBase(path: string, at: string | undefined): Promise<StateDict> {
  const checkpoint = await open(path);
  try {
    return await checkpoint.stateDict(at === undefined ? {} : { at });
  } finally {
    await checkpoint.close();
  }
}
