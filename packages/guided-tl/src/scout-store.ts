import type { StateDict } from '@warmstart/shapes';
import { ScoutingError } from './errors.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';
import type { ScoutOutcome } from './scout-job.js';

/** Where scouts are kept: a folder, a bucket, a page's storage. Writes must be atomic. */
export interface ScoutStore {
  /** The bytes under a name, or undefined where there are none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Whole or not at all; replaces what was there. */
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** What a store is of; scouts of anything else are refused. */
export interface ScoutingManifest {
  version: 1;
  baseDigest: string;
  subproblemsDigest: string;
  seed: number;
  count: number;
}

/** A store in memory, e.g. for tests. */
export function memoryStore(): ScoutStore & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    read: async (name) => files.get(name)?.slice(),
    write: async (name, bytes) => void files.set(name, bytes.slice()),
  };
}

/** The file of one scout. */
export function scoutFileName(index: number): string {
  return `scout-${String(index).padStart(6, '0')}.safetensors`;
}

/** Writes the manifest, or checks the one that is there. @throws ScoutingError `another-run` */
export async function claimStore(store: ScoutStore, manifest: ScoutingManifest): Promise<void> {
  const found = await readManifest(store);
  if (!found) {
    await store.write('manifest.json', new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`));
    return;
  }
  for (const key of Object.keys(manifest) as (keyof ScoutingManifest)[]) {
    if (found[key] === manifest[key]) continue;
    throw new ScoutingError(
      'another-run',
      `scout: the store must belong to this run, got ${key} ${found[key]} instead of ${manifest[key]}. ` +
        'Use another store, or go back to the base, seed and sub-problems it was made with.',
    );
  }
}

/** The manifest of a store, or undefined for an empty one. @throws ScoutingError `damaged-store` */
export async function readManifest(store: ScoutStore): Promise<ScoutingManifest | undefined> {
  const bytes = await store.read('manifest.json');
  if (!bytes) return undefined;
  try {
    const manifest = JSON.parse(new TextDecoder().decode(bytes)) as ScoutingManifest;
    if (manifest.version === 1 && Number.isInteger(manifest.count)) return manifest;
  } catch (cause) {
    throw damaged('manifest.json', cause);
  }
  throw damaged('manifest.json', undefined);
}

/** Keeps one finished or diverged scout. */
export async function writeScout(
  store: ScoutStore,
  index: number,
  baseDigest: string,
  outcome: ScoutOutcome,
): Promise<void> {
  const tensors: StateDict = new Map();
  for (const [key, tensor] of outcome.weights) tensors.set(`weights/${key}`, tensor);
  for (const [name, measure] of Object.entries(outcome.measures ?? {})) {
    for (const [key, tensor] of measure) tensors.set(`measures/${name}/${key}`, tensor);
  }
  const metadata = { base: baseDigest, index: String(index) };
  await store.write(scoutFileName(index), encodeSafetensors({ tensors, metadata }));
}

/** One scout, or undefined if it was not kept yet. @throws ScoutingError `damaged-store`, `another-run` */
export async function readScout(
  store: ScoutStore,
  index: number,
  baseDigest: string,
): Promise<ScoutOutcome | undefined> {
  const name = scoutFileName(index);
  const bytes = await store.read(name);
  if (!bytes) return undefined;
  let content: ReturnType<typeof decodeSafetensors>;
  try {
    content = decodeSafetensors('scout', bytes);
  } catch (cause) {
    throw damaged(name, cause);
  }
  if (content.metadata.base !== baseDigest || content.metadata.index !== String(index)) {
    throw new ScoutingError(
      'another-run',
      `scout: ${name} must come from this base, got base ${content.metadata.base} and index ${content.metadata.index}. ` +
        'Delete it, or use another store.',
    );
  }
  const outcome: Required<Omit<ScoutOutcome, 'heldOut'>> = { weights: new Map(), measures: {} };
  for (const [path, tensor] of content.tensors) {
    const [, kind, rest = ''] = path.match(/^(weights|measures)\/(.*)$/s) ?? [];
    if (kind === 'weights') outcome.weights.set(rest, tensor);
    if (kind !== 'measures') continue;
    const slash = rest.indexOf('/');
    const measure = outcome.measures[rest.slice(0, slash)] ?? new Map();
    outcome.measures[rest.slice(0, slash)] = measure.set(rest.slice(slash + 1), tensor);
  }
  return outcome;
}

function damaged(name: string, cause: unknown): ScoutingError {
  return new ScoutingError(
    'damaged-store',
    `scout: ${name} in the store must be whole, got something unreadable. Delete it; the scout is trained again.`,
    { cause },
  );
}
