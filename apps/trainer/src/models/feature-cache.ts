import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { open, save } from '@warmstart/core-checkpoint';
import type { StateDict } from '@warmstart/shapes';
import type { Terminal } from '../terminal/terminal.js';
import type { PublishedNetwork } from './row-features.js';

/** Features of rows by their ids, on disk between runs. */
export interface FeatureCache {
  has(id: number): boolean;
  get(id: number): Float32Array | undefined;
  set(id: number, features: Float32Array): void;
  /** Writes what is new. */
  save(): Promise<void>;
  /** The same, at most once in half a minute: a killed run loses no more. */
  saveNowAndThen(): Promise<void>;
}

const saveMs = 30_000;

/** The cache of one network, opened when it is first asked for; its name holds all that its features depend on. */
export function openFeatureCache(
  { origin: { model, sha256 }, identity }: Pick<PublishedNetwork, 'origin' | 'identity'>,
  featureCount: number,
  { note }: Pick<Terminal, 'note'>,
): () => Promise<FeatureCache> {
  const key = createHash('sha256').update(`${sha256} ${identity}`).digest('hex').slice(0, 16);
  const file = join('warmstart-runs', 'cache', `features-${model}-${key}.safetensors`);
  let opened: Promise<FeatureCache> | undefined;
  return () => {
    opened ??= readCache(file, featureCount, note);
    return opened;
  };
}

async function readCache(
  file: string,
  featureCount: number,
  note: (line: string) => void,
): Promise<FeatureCache> {
  const known = new Map<number, Float32Array>();
  if (existsSync(file)) {
    const checkpoint = await open(file);
    const stored = await checkpoint.stateDict().finally(() => checkpoint.close());
    const ids = stored.get('ids')?.data as Float64Array; // written below
    const features = stored.get('features')?.data as Float32Array;
    ids.forEach((id, row) => {
      known.set(id, features.slice(row * featureCount, (row + 1) * featureCount));
    });
    note(`features of ${known.size} rows taken from ${file}`);
  }
  let isChanged = false;
  let savedAt = Date.now();
  const write = async () => {
    if (!isChanged) return;
    mkdirSync(dirname(file), { recursive: true });
    await save(file, tensorsOf(known, featureCount));
    isChanged = false;
    savedAt = Date.now();
  };
  return {
    has: (id) => known.has(id),
    get: (id) => known.get(id),
    set: (id, features) => {
      known.set(id, features);
      isChanged = true;
    },
    save: write,
    saveNowAndThen: async () => {
      if (Date.now() - savedAt >= saveMs) await write();
    },
  };
}

function tensorsOf(known: ReadonlyMap<number, Float32Array>, featureCount: number): StateDict {
  const features = new Float32Array(known.size * featureCount);
  let row = 0;
  for (const values of known.values()) features.set(values, featureCount * row++);
  return new Map([
    ['ids', { dtype: 'float64', shape: [known.size], data: Float64Array.from(known.keys()) }],
    ['features', { dtype: 'float32', shape: [known.size, featureCount], data: features }],
  ]);
}
