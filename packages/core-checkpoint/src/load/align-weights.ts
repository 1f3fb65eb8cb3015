import type { NamedTensor, StateDict } from '../tensors/named-tensor.js';
import { type Convention, countMatches, type MatchCount, recognise } from './conventions.js';
import { type HeadOptions, leaveHeads } from './heads.js';
import { isCounter, type TensorOutline } from './load-report.js';
import { type KeySelection, selectKeys } from './rename-keys.js';
import { unwrapNames } from './wrapper-parts.js';

/** What may be done to a file's names so that they become the model's. */
export interface AlignOptions extends KeySelection, HeadOptions {
  /** other names that files give these weights; by default those that the model knows itself */
  conventions?: readonly Convention[];
}

/** A file's tensors under a model's names, and what was done for it. */
export interface Alignment {
  readonly dict: StateDict;
  /** names of the file that were left out on purpose */
  readonly leftOut: readonly string[];
  /** names of the model that may keep its own values */
  readonly kept: ReadonlySet<string>;
  readonly notes: readonly string[];
}

/** Which tensors of a file are of use, found from names and shapes alone. */
export interface WeightsPlan {
  /** true for names of the file that are read */
  readonly takes: (key: string) => boolean;
  /** brings what was read, or stand-ins for it, under the model's names */
  readonly apply: (dict: StateDict) => Alignment;
}

/** Not a weight: how many models `torch.optim.swa_utils` has averaged. */
const bookkeeping = /^(.*\.)?n_averaged$/;

/**
 * Finds out how a file's names become a model's: wrappers' parts are taken out of the middle, a prefix is found
 * and stripped, another library's naming is recognised, a head of other classes is left out. What does not bring
 * more tensors under the model's names is not done.
 *
 * @param wanted - what the model has
 * @param outlines - what the file has
 * @throws RangeError if a rule of the selection matches nothing
 */
export function planWeights(
  wanted: readonly TensorOutline[],
  outlines: readonly TensorOutline[],
  options: AlignOptions = {},
): WeightsPlan {
  const { conventions = [], heads = [], ...selection } = options;
  const standIns: StateDict = new Map(outlines.map((outline) => [outline.key, standIn(outline)]));
  const origins = originsOf(standIns, selection);
  const wantedKeys = wanted.map(({ key }) => key);
  const unwrapped = unwrapNames([...origins.keys()], wantedKeys);
  const tensors = [...origins].map(
    ([name, key]) => [unwrapped.names.get(name) ?? name, standIns.get(key) as NamedTensor] as const,
  );
  const choice = choose(wanted, tensors, conventions);
  const sources = new Map<string, string>(); // the file's own name → below the prefix
  const beside: string[] = [];
  for (const [name, key] of origins) {
    const plain = unwrapped.names.get(name) ?? name;
    const isWeight = plain.startsWith(choice.prefix) && !bookkeeping.test(plain);
    if (isWeight) sources.set(key, plain.slice(choice.prefix.length));
    else beside.push(key);
  }
  const notes = [...unwrapped.notes, ...choice.notes(beside)];
  return {
    takes: (key) => sources.has(key),
    apply: (dict) => {
      const below: StateDict = new Map();
      for (const [key, tensor] of dict) below.set(sources.get(key) ?? key, tensor);
      const read = choice.convention ? choice.convention.read(below) : below;
      const headless = leaveHeads(wanted, read, heads);
      return {
        dict: headless.dict,
        kept: headless.kept,
        leftOut: [...beside, ...headless.leftOut],
        notes: [...notes, ...headless.notes],
      };
    },
  };
}

function standIn({ dtype, shape }: TensorOutline): NamedTensor {
  return { dtype, shape, data: new Float32Array(0) };
}

/** Selected names, and what the file calls them. */
function originsOf(dict: StateDict, selection: KeySelection): Map<string, string> {
  return selectKeys(
    [...dict.keys()].map((key) => [key, key] as const),
    selection,
  );
}

interface Choice {
  prefix: string;
  convention?: Convention;
  notes(beside: readonly string[]): string[];
}

type Tensors = readonly (readonly [string, NamedTensor])[];

/** The prefix, or the prefix and the convention, under which most tensors match. */
function choose(
  wanted: readonly TensorOutline[],
  tensors: Tensors,
  conventions: readonly Convention[],
): Choice {
  const shapes = new Map(wanted.map(({ key, shape }) => [key, shape]));
  const prefixes = ['', ...prefixesOf(tensors, wanted.length)];
  const scored = prefixes.map((prefix) => ({ prefix, score: countMatches(shapes, below(tensors, prefix)) }));
  let best: { prefix: string; score: MatchCount; convention?: Convention; note?: string } = scored.reduce(
    (a, b) => (isBetter(b.score, a.score) ? b : a),
  );
  const body = wanted.filter(({ key }) => !isCounter(key)).length;
  if (best.score.matched < body) {
    for (const prefix of prefixes.slice(0, 8)) {
      const known = recognise(wanted, new Map(below(tensors, prefix)), conventions);
      if (known && isBetter(known.score, best.score))
        best = { prefix, score: known.score, convention: known.convention, note: known.note };
    }
  }
  const equals = scored.filter(
    ({ prefix, score }) => !best.convention && prefix !== best.prefix && score.matched === best.score.matched,
  );
  return {
    prefix: best.prefix,
    ...(best.convention && { convention: best.convention }),
    notes: (beside) => [
      ...(best.prefix ? [prefixNote(best.prefix, beside)] : []),
      ...(best.score.matched > 0 && equals.length > 0
        ? [
            `${equals.map(({ prefix }) => `\`${prefix}\``).join(', ')} fits as well; strip it to read that instead`,
          ]
        : []),
      ...(best.note ? [best.note] : []),
    ],
  };
}

function isBetter(a: MatchCount, b: MatchCount): boolean {
  return a.matched !== b.matched ? a.matched > b.matched : a.named > b.named;
}

function prefixNote(prefix: string, beside: readonly string[]): string {
  const more = beside.length > 2 ? ', …' : '';
  const left =
    beside.length > 0
      ? `; left out beside it: ${beside.length} (${beside.slice(0, 2).join(', ')}${more})`
      : '';
  return `the prefix \`${prefix}\` was stripped${left}`;
}

function below(tensors: Tensors, prefix: string): Tensors {
  if (prefix === '') return tensors;
  return tensors.flatMap(([name, tensor]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
  );
}

/** Dotted beginnings that enough names share for a network to lie below, in the file's order. */
function prefixesOf(tensors: Tensors, wantedCount: number): string[] {
  const counts = new Map<string, number>();
  for (const [name] of tensors) {
    let dot = name.indexOf('.');
    for (let depth = 0; dot >= 0 && depth < 6; dot = name.indexOf('.', dot + 1), depth++) {
      const prefix = name.slice(0, dot + 1);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= wantedCount * 0.3)
    .map(([prefix]) => prefix)
    .slice(0, 32);
}
