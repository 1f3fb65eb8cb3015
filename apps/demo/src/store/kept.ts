import type { StateDict } from '@warmstart/core-checkpoint';
import type { TrainingCheckpoint } from '@warmstart/training';
import { del, get, set } from 'idb-keyval';
import type { HandLabels } from '../method/draws.js';
import type { GuidesFound } from '../method/guiding.js';
import type { Check, PretrainSettings } from '../method/pretrain.js';
import type { RaceSettings } from '../method/race.js';
import type { Source } from '../method/source.js';
import type { Standing } from '../method/standing.js';

/** A pre-training run as it lies on this device: finished, or to be continued. */
export interface KeptPretraining {
  source: Source;
  settings: PretrainSettings;
  /** the engine it ran on */
  engine: string;
  /** [step, loss] */
  curve: [number, number][];
  checks: Check[];
  checkpoint?: TrainingCheckpoint;
  /** only of a finished run */
  encoder?: StateDict;
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
  pretraining: 'warmstart-pretraining-1',
  guides: 'warmstart-guides-1',
  race: 'warmstart-race-2',
  labels: 'warmstart-labels-1',
};

/** @returns undefined where nothing is kept, or nothing can be (a private window) */
export async function keptPretraining(): Promise<KeptPretraining | undefined> {
  return get<KeptPretraining>(names.pretraining).catch(() => undefined);
}

/** @throws Error in plain words if the device gives no room */
export async function keepPretraining(run: KeptPretraining): Promise<void> {
  await set(names.pretraining, run).catch(refuse);
}

export async function forgetPretraining(): Promise<void> {
  await del(names.pretraining).catch(() => undefined);
  await del(names.guides).catch(() => undefined);
  await del(names.race).catch(() => undefined);
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

function refuse(cause: unknown): never {
  const isFull = cause instanceof DOMException && cause.name === 'QuotaExceededError';
  throw new Error(
    isFull
      ? 'The browser has no room left to keep this on the device. Training goes on; download the encoder when it is done, or free some storage.'
      : 'The browser does not let this page keep anything on the device (a private window?). Training goes on; download the encoder when it is done.',
    { cause },
  );
}
