import type { StateDict } from '@warmstart/shapes';
import { del, get, set } from 'idb-keyval';
import type { HandLabels } from '../method/draws.js';
import type { GuidesFound } from '../method/guiding.js';
import type { PretrainSettings } from '../method/pretrain.js';
import type { RaceSettings } from '../method/race.js';
import type { Source } from '../method/source.js';
import type { Standing } from '../method/standing.js';
import { RunFolder } from './run-folder.js';

/** What a pre-training run is about. Its checkpoints and its encoder lie in its folder. */
export interface KeptRun {
  /** names its folder */
  id: string;
  source: Source;
  settings: PretrainSettings;
  /** the engine it runs on */
  engine: string;
}

/** Guides, and the encoder they were made for. */
export interface KeptGuides extends GuidesFound {
  encoder: StateDict;
}

/** A race that was run to its end on the encoder that is kept. */
export interface KeptRace {
  settings: RaceSettings;
  standings: Standing[];
}

/** Labels given by hand, and the rows they belong to. */
export interface KeptLabels {
  /** names the source, see `sourceKey` */
  key: string;
  hand: HandLabels;
}

const names = {
  run: 'warmstart-run-1',
  guides: 'warmstart-guides-1',
  race: 'warmstart-race-2',
  labels: 'warmstart-labels-1',
};

/** @returns undefined where nothing is kept, or nothing can be (a private window) */
export async function keptRun(): Promise<KeptRun | undefined> {
  return get<KeptRun>(names.run).catch(() => undefined);
}

/** @throws Error in plain words if the device gives no room */
export async function keepRun(run: KeptRun): Promise<void> {
  await set(names.run, run).catch(refuse);
}

/** Lets go of the run and of all that was made from its encoder. */
export async function forgetRun(): Promise<void> {
  const run = await keptRun();
  await RunFolder.removeAll(run?.id).catch(() => undefined);
  for (const name of [names.run, names.guides, names.race]) await del(name).catch(() => undefined);
}

export async function keptGuides(): Promise<KeptGuides | undefined> {
  return get<KeptGuides>(names.guides).catch(() => undefined);
}

/** @throws Error in plain words if the device gives no room */
export async function keepGuides(guides: KeptGuides): Promise<void> {
  await set(names.guides, guides).catch(refuse);
}

export async function keptRace(): Promise<KeptRace | undefined> {
  return get<KeptRace>(names.race).catch(() => undefined);
}

/** @throws Error in plain words if the device gives no room */
export async function keepRace(race: KeptRace): Promise<void> {
  await set(names.race, race).catch(refuse);
}

export async function keptLabels(): Promise<KeptLabels | undefined> {
  return get<KeptLabels>(names.labels).catch(() => undefined);
}

/** @throws Error in plain words if the device gives no room */
export async function keepLabels(labels: KeptLabels): Promise<void> {
  await set(names.labels, labels).catch(refuse);
}

/** Says in plain words why something could not be kept. @throws Error always */
export function refuse(cause: unknown): never {
  const isFull = cause instanceof DOMException && cause.name === 'QuotaExceededError';
  throw new Error(
    isFull
      ? 'The browser has no room left to keep this on the device. Training goes on; download the encoder when it is done, or free some storage.'
      : 'The browser does not let this page keep anything on the device (a private window?). Training goes on; download the encoder when it is done.',
    { cause },
  );
}
