import type { StateDict } from '../tensors/named-tensor.js';
import { isCounter, sameShape, type TensorOutline } from './load-report.js';

/** A way that files name a network's tensors, other than the network's own. */
export interface Convention {
  /** whose names they are, e.g. "timm's" */
  readonly whose: string;
  /** what a program writes to read them, e.g. 'fromHuggingFaceBert(dict)' */
  readonly reader?: string;
  /**
   * Under the network's names. Of stand-ins without values it makes stand-ins, with the right shapes.
   *
   * @throws RangeError if the file does not have these names
   */
  readonly read: (dict: StateDict) => StateDict;
}

/** A file's tensors under the model's names. */
export interface Recognised {
  readonly convention: Convention;
  readonly dict: StateDict;
  /** how many of the model's tensors it has, by name and shape, and how many others */
  readonly score: MatchCount;
  /** what was done, as a sentence without a full stop */
  readonly note: string;
}

/** How well a dict fits. */
export interface MatchCount {
  readonly matched: number;
  /** of the right name, whatever the shape */
  readonly named: number;
  readonly strays: number;
}

/** Counts the model's tensors that a dict has; counters do not count. */
export function countMatches(
  wanted: ReadonlyMap<string, readonly number[]>,
  tensors: Iterable<readonly [string, { readonly shape: readonly number[] }]>,
): MatchCount {
  let [matched, named, strays] = [0, 0, 0];
  for (const [key, { shape }] of tensors) {
    if (isCounter(key)) continue;
    const other = wanted.get(key);
    if (!other) strays += 1;
    else {
      named += 1;
      if (sameShape(other, shape)) matched += 1;
    }
  }
  return { matched, named, strays };
}

/** True if the first fits better: more tensors that match, else more of the right name, else fewer others. */
export function fitsBetter(a: MatchCount, b: MatchCount): boolean {
  if (a.matched !== b.matched) return a.matched > b.matched;
  return a.named !== b.named ? a.named > b.named : a.strays < b.strays;
}

/**
 * The convention that brings most of a file's tensors under a model's names.
 *
 * @param wanted - what the model has
 * @returns undefined if the file's own names do no worse
 */
export function recognise(
  wanted: readonly TensorOutline[],
  dict: StateDict,
  conventions: readonly Convention[],
): Recognised | undefined {
  if (conventions.length === 0) return undefined;
  const shapes = new Map(wanted.map(({ key, shape }) => [key, shape]));
  let best = countMatches(shapes, dict);
  let recognised: Recognised | undefined;
  for (const convention of conventions) {
    const read = attempt(convention, dict);
    if (!read) continue;
    const score = countMatches(shapes, read);
    if (score.named === 0 || !fitsBetter(score, best)) continue;
    best = score;
    const by = convention.reader ? `, as ${convention.reader} reads them` : '';
    recognised = { convention, dict: read, score, note: `the file has ${convention.whose} names${by}` };
  }
  return recognised;
}

/** A file that is not of this convention is refused by its reader: that is not an error here. */
function attempt({ read }: Convention, dict: StateDict): StateDict | undefined {
  try {
    return read(dict);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
