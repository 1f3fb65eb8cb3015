import type { NamedTensor } from '@warmstart/shapes';
import { ScoutingError } from './errors.js';
import { type ParameterLayout, parameterLayout } from './parameter-layout.js';
import { guidedDigest } from './scout.js';
import { readManifest, readScout, type ScoutStore, scoutFileName } from './scout-store.js';
import { ScoutTally } from './scout-tally.js';
import type { Scouted } from './scouted.js';
import { copyStateDict, listSome } from './state-dict.js';

/** What {@link reduceScouts} takes. */
export interface ReduceOptions {
  /** The weights that the scouts started from. */
  base: ReadonlyMap<string, NamedTensor>;
  /** Where shards or workers left their scouts. */
  store: ScoutStore;
  /** As given to `scout`. */
  include?: (key: string, tensor: NamedTensor) => boolean;
  signal?: AbortSignal;
}

/**
 * Adds up the scouts in a store, one at a time, to the same bits as `scout` in one go.
 *
 * @throws ScoutingError `incomplete` naming the missing scouts, `another-run`, `damaged-store`, `too-few-scouts`
 */
export async function reduceScouts(options: ReduceOptions): Promise<Scouted> {
  const { store, signal } = options;
  const base = copyStateDict(options.base);
  const layout: ParameterLayout = parameterLayout('reduceScouts', base, options.include);
  const manifest = await readManifest(store);
  if (!manifest) {
    throw new ScoutingError(
      'incomplete',
      'reduceScouts: the store must hold scouts, got no manifest.json in it.',
    );
  }
  const baseDigest = await guidedDigest(base, layout);
  if (manifest.baseDigest !== baseDigest) {
    throw new ScoutingError(
      'another-run',
      `reduceScouts: the scouts must come from this base (${baseDigest}), got ${manifest.baseDigest}.`,
    );
  }
  const { seed, count } = manifest;
  const tally = new ScoutTally({ base, baseDigest, seed, count, layout });
  const missing: string[] = [];
  for (let index = 0; index < count; index++) {
    signal?.throwIfAborted();
    const outcome = await readScout(store, index, baseDigest);
    if (outcome) tally.add(index, outcome);
    else missing.push(scoutFileName(index));
  }
  if (missing.length === 0) return tally.checked();
  throw new ScoutingError(
    'incomplete',
    `reduceScouts: all ${count} scouts must be in the store, got none for ${listSome(missing)}. Run the shards that are left.`,
  );
}
