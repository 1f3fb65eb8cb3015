import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { stateDictDigest, tensorDigest } from './digest.js';
import { GuidesError } from './errors.js';
import { matchText } from './guide-match.js';
import { checkGuides, type Guides } from './guides.js';
import { isParameter } from './parameter-layout.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';
import { listSome, sameShape } from './state-dict.js';

/** Which guides found their weight in the base; prints like a load report. */
export interface GuidesLoadReport {
  /** Keys of guides with a weight of the same shape. */
  matched: string[];
  /** Weights of the base without a guide, e.g. a head. */
  missing: string[];
  /** Guides without a weight; left out of the result. */
  unexpected: string[];
  toString(): string;
}

/** Guides as read from a file. */
export interface OpenedGuides {
  /** float32, under the keys of the weights. */
  guides: StateDict;
  /** As text: `formula`, `normalise`, `scale`, `scouts`, `seed`, `base`, … */
  metadata: Record<string, string>;
  /** Whether the checked base is the one scouts started from, or the recentred one. */
  base: 'original' | 'recentred';
  report: GuidesLoadReport;
}

/** What {@link openGuides} takes beside the bytes. */
export interface OpenGuidesOptions {
  /** The weights that fine-tuning starts from, or that scouting started from; may hold more than the guides do. */
  base: ReadonlyMap<string, NamedTensor>;
  /** Whether a guide without a weight is an error. Default true; false takes an encoder's guides out of a whole model's. */
  strict?: boolean;
  /** The key of the weight that a guide is for, e.g. `(key) => key.replace(/^encoder\./, '')`. Default: the same key. */
  rename?: (key: string) => string;
}

/**
 * Guides as the bytes of a safetensors file: one float32 tensor under each weight's own key, and how they
 * were made in the metadata, with the digest of each weight of the recentred base (`weights`) and that of the base
 * before (`base`). The recentred base is a checkpoint of its own: save it like any other.
 */
export async function saveGuides({ guides, base, report }: Guides): Promise<Uint8Array<ArrayBuffer>> {
  checkGuides('saveGuides', guides);
  const { formula, normalise, scale, temperature, shrink, keep, recentre, scouts, rejected, seed } = report;
  const choices = { formula, normalise, scale, temperature, shrink, keep, recentre, scouts, rejected, seed };
  const metadata: Record<string, string> = { kind: 'warmstart-guides', version: '1' };
  for (const [name, value] of Object.entries(choices)) metadata[name] = String(value);
  metadata.base = report.baseDigest;
  if (report.refined) metadata.refined = JSON.stringify(report.refined);
  metadata.weights = JSON.stringify(await digestsOf(guides, base));
  return encodeSafetensors({ tensors: guides, metadata });
}

async function digestsOf(
  guides: StateDict,
  base: ReadonlyMap<string, NamedTensor>,
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const key of guides.keys()) {
    const tensor = base.get(key);
    if (!tensor)
      throw new GuidesError('mismatch', `saveGuides: the base must hold ${key}, got no such weight.`);
    digests[key] = await tensorDigest(tensor);
  }
  return digests;
}

/**
 * Opens guides for the base they were made for; they are refused for any other.
 *
 * @param bytes - of a file by {@link saveGuides}
 * @throws GuidesError `format`, `another-base`, `mismatch` (a shape, a guide left over unless `strict: false`, or
 *   nothing matched), `bad-value`, `all-zero`
 */
export async function openGuides(bytes: Uint8Array, options: OpenGuidesOptions): Promise<OpenedGuides> {
  const { base, strict = true, rename = (key: string) => key } = options ?? ({} as OpenGuidesOptions);
  if (!(bytes instanceof Uint8Array) || !(base instanceof Map)) {
    throw new TypeError(
      'openGuides: give the bytes of a file, and { base }: the weights the guides were made for, by path. On Node: openGuides(await readFile(path), { base }).',
    );
  }
  const { tensors, metadata } = decodeSafetensors('openGuides', bytes);
  if (metadata.kind !== 'warmstart-guides' || metadata.version !== '1') {
    throw new GuidesError(
      'format',
      `openGuides: the file must hold guides of version 1, got kind ${metadata.kind} and version ${metadata.version}.`,
    );
  }
  const digests = parseDigests(metadata.weights);
  checkGuides('openGuides', tensors);
  const { guides, origins, unexpected, mismatched } = matched(tensors, base, rename);
  const missing = [...base].filter(([key, tensor]) => isParameter(key, tensor) && !guides.has(key));
  const report = { matched: [...guides.keys()], missing: missing.map(([key]) => key), unexpected };
  const text = matchText({ ...report, mismatched });
  if (mismatched.length > 0 || guides.size === 0 || (strict && unexpected.length > 0)) {
    throw new GuidesError(
      'mismatch',
      `openGuides: the guides do not fit the base.\n  ${text.replaceAll('\n', '\n  ')}\n` +
        'Pass rename for other keys, or strict: false to leave guides without a weight aside.',
    );
  }
  if (unexpected.length > 0) checkGuides('openGuides', guides);
  const isWhole = unexpected.length === 0;
  const which = await whichBase(base, origins, { metadata, digests, isWhole });
  return { guides, metadata, base: which, report: { ...report, toString: () => text } };
}

function matched(
  tensors: StateDict,
  base: ReadonlyMap<string, NamedTensor>,
  rename: (key: string) => string,
) {
  const guides: StateDict = new Map();
  const origins = new Map<string, string>(); // key in the base → key in the file
  const unexpected: string[] = [];
  const mismatched: { path: string; variable: readonly number[]; guide: readonly number[] }[] = [];
  for (const [key, guide] of tensors) {
    const name = rename(key);
    const weight = base.get(name);
    if (!weight) unexpected.push(name);
    else if (!sameShape(weight.shape, guide.shape)) {
      mismatched.push({ path: name, variable: weight.shape, guide: guide.shape });
    } else {
      guides.set(name, guide);
      origins.set(name, key);
    }
  }
  return { guides, origins, unexpected, mismatched };
}

function parseDigests(text: string | undefined): Record<string, string> {
  try {
    const digests: unknown = JSON.parse(text ?? '');
    if (typeof digests === 'object' && digests) return digests as Record<string, string>;
  } catch {
    // said below
  }
  throw new GuidesError(
    'format',
    'openGuides: the file must name its base in metadata.weights, got something else.',
  );
}

/** @throws GuidesError `another-base` naming the weights that differ */
async function whichBase(
  base: ReadonlyMap<string, NamedTensor>,
  origins: ReadonlyMap<string, string>,
  {
    metadata,
    digests,
    isWhole,
  }: { metadata: Record<string, string>; digests: Record<string, string>; isWhole: boolean },
): Promise<'original' | 'recentred'> {
  const differ: string[] = [];
  const original: StateDict = new Map();
  for (const [name, key] of origins) {
    const weight = base.get(name) as NamedTensor; // matched before
    original.set(key, weight);
    if (digests[key] !== (await tensorDigest(weight))) differ.push(name);
  }
  // both are the same if the base was not recentred
  if (differ.length === 0) return 'recentred';
  if (isWhole && (await stateDictDigest(original)) === metadata.base) return 'original';
  throw new GuidesError(
    'another-base',
    `openGuides: the guides must be of this base, got guides of ${metadata.base} for other values in ${listSome(differ)}. ` +
      'Load the weights that they were scouted from, or scout again.',
  );
}
