import { stateDictDigest } from './digest.js';
import { GuidesError } from './errors.js';
import { checkGuides, type Guides } from './guides.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';
import type { NamedTensor, StateDict } from './state-dict.js';

/** Guides as read from a file. */
export interface OpenedGuides {
  /** float32, under the keys of the weights. */
  guides: StateDict;
  /** As text: `formula`, `normalise`, `scale`, `scouts`, `seed`, `base`, `start`, … */
  metadata: Record<string, string>;
  /** Whether the checked base is the one scouts started from, or the recentred one. */
  base: 'original' | 'recentred';
}

/**
 * Guides as the bytes of a safetensors file: one float32 tensor under each weight's own key, and how they
 * were made in the metadata, with the digests of the base before (`base`) and after recentring (`start`).
 * The recentred base is a checkpoint of its own: save it like any other.
 */
export async function saveGuides({ guides, base, report }: Guides): Promise<Uint8Array<ArrayBuffer>> {
  checkGuides('saveGuides', guides);
  const { formula, normalise, scale, temperature, shrink, keep, recentre, scouts, rejected, seed } = report;
  const choices = { formula, normalise, scale, temperature, shrink, keep, recentre, scouts, rejected, seed };
  const metadata: Record<string, string> = { kind: 'warmstart-guides', version: '1' };
  for (const [name, value] of Object.entries(choices)) metadata[name] = String(value);
  metadata.base = report.baseDigest;
  metadata.start = await guidedPartDigest(guides, base);
  return encodeSafetensors({ tensors: guides, metadata });
}

/**
 * Opens guides for the base they were made for; they are refused for any other.
 *
 * @param bytes - of a file by {@link saveGuides}
 * @param options.base - the weights that fine-tuning starts from, or that scouting started from; more keys
 *   than the guides have (a head, running statistics) do not matter
 * @throws GuidesError `format`, `another-base`, `bad-value`, `all-zero`
 */
export async function openGuides(
  bytes: Uint8Array,
  { base }: { base: ReadonlyMap<string, NamedTensor> },
): Promise<OpenedGuides> {
  const { tensors: guides, metadata } = decodeSafetensors('openGuides', bytes);
  if (metadata.kind !== 'warmstart-guides' || metadata.version !== '1') {
    throw new GuidesError(
      'format',
      `openGuides: the file must hold guides of version 1, got kind ${metadata.kind} and version ${metadata.version}.`,
    );
  }
  checkGuides('openGuides', guides);
  const digest = await guidedPartDigest(guides, base);
  // both are the same if the base was not recentred
  if (digest !== metadata.start && digest !== metadata.base) {
    throw new GuidesError(
      'another-base',
      `openGuides: the guides must be of this base, got guides of ${metadata.base} for a base of ${digest}. ` +
        'Load the weights that they were scouted from, or scout again.',
    );
  }
  return { guides, metadata, base: digest === metadata.start ? 'recentred' : 'original' };
}

function guidedPartDigest(guides: StateDict, base: ReadonlyMap<string, NamedTensor>): Promise<string> {
  return stateDictDigest(new Map([...base].filter(([key]) => guides.has(key))));
}
