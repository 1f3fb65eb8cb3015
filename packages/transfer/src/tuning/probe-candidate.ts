import type { Features } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/random';
import type { Candidate } from './candidate.js';
import type { Judges } from './held-out.js';
import type { HeadWeights, ProbeScale, Task } from './task.js';

/** Strengths of the penalty that are tried; the loss is summed over rows, so few rows want the smaller ones. */
export const l2Path = [3000, 1000, 300, 100, 30, 10, 3, 1, 0.3, 0.1, 0.01] as const;
/** Where rows are held out there are many: neighbouring strengths hardly differ. */
const shortPath = [1000, 100, 10, 1, 0.1] as const;
/** Numbers that a linear model on held-out judges learns from at most: rows are left out evenly. */
const mostNumbers = 6_000_000;

interface ProbeOptions {
  readonly judges: Judges;
  readonly seed: number;
  /** The one strength to try. */
  readonly l2?: number;
  readonly scale: ProbeScale;
}

/** Linear models of several strengths on some features, judged; the best of them. */
export function probeCandidate(
  tune: 'linear' | 'head',
  task: Task,
  features: Features,
  targets: Float64Array,
  { judges, seed, l2, scale }: ProbeOptions,
): Candidate {
  const path = l2 !== undefined ? [l2] : judges.kind === 'held-out' ? shortPath : l2Path;
  const judged =
    judges.kind === 'held-out'
      ? heldOutProbes(task, features, targets, { judges, seed, path, scale })
      : crossValidated(task, features, targets, { judges, seed, path, scale });
  return { tune, ...likelyStrength(judged) };
}

type Judged = Omit<Candidate, 'tune'>;

/**
 * The strength that the held-out rows speak for: the mean of log l2 over the path, each strength weighed by the
 * likelihood of those rows under it. With few rows many strengths are about as likely, and which of them has the least
 * loss is luck; with many rows it is that one.
 *
 * @returns the judged strength nearest to it, with the l2 itself
 */
function likelyStrength(judged: readonly Judged[]): Judged {
  const least = Math.min(...judged.map(({ loss }) => loss));
  const weights = judged.map(({ loss, rowLosses }) => Math.exp(rowLosses.length * (least - loss)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const log = judged.reduce((total, { l2 }, at) => total + Math.log(l2) * ((weights[at] as number) / sum), 0);
  const distance = ({ l2 }: Judged) => Math.abs(Math.log(l2) - log);
  const nearest = judged.reduce((best, one) => (distance(one) < distance(best) ? one : best));
  return { ...nearest, l2: Math.exp(log) };
}

interface Trying<Kind> extends Omit<ProbeOptions, 'judges' | 'l2'> {
  readonly judges: Extract<Judges, { kind: Kind }>;
  readonly path: readonly number[];
}

function crossValidated(
  task: Task,
  features: Features,
  targets: Float64Array,
  { judges, seed, path, scale }: Trying<'cross-validation'>,
): Judged[] {
  const { folds, repeats } = judges;
  const random = seededRandom(seed, 'folds');
  const { rows, outputs } = task.crossValidate(features, targets, {
    l2: path,
    folds,
    repeats,
    random,
    scale,
  });
  const truth = Float64Array.from(rows, (row) => targets[row] as number);
  return path.map((l2, index) => {
    const draws = outputs[index] ?? [];
    const rowLosses = new Float64Array(rows.length);
    for (const draw of draws) {
      task.rowLosses(draw, truth).forEach((loss, row) => {
        rowLosses[row] = (rowLosses[row] as number) + loss / draws.length;
      });
    }
    const joined = {
      outputs: {
        data: Float64Array.from(draws.flatMap(({ data }) => [...data])),
        shape: [rows.length * draws.length, task.outputCount],
      },
      targets: Float64Array.from(draws.flatMap(() => [...truth])),
    };
    return { l2, loss: mean(rowLosses), rowLosses, heldOut: joined };
  });
}

function heldOutProbes(
  task: Task,
  features: Features,
  targets: Float64Array,
  { judges: { train, held }, path, scale }: Trying<'held-out'>,
): Judged[] {
  const some = thinned(train, features);
  const learning = { features: rowsOf(features, some), targets: valuesOf(targets, some) };
  const judging = { features: rowsOf(features, held), targets: valuesOf(targets, held) };
  return path.map((l2) => {
    const outputs = linearOutputs(
      task.probe(learning.features, learning.targets, { l2, scale }),
      judging.features,
    );
    const rowLosses = task.rowLosses(outputs, judging.targets);
    return {
      l2: (l2 * train.length) / some.length, // the loss is a sum over rows
      loss: mean(rowLosses),
      rowLosses,
      heldOut: { outputs, targets: judging.targets },
    };
  });
}

/** The linear model for some rows: those of very many that are enough. */
export function fitProbe(
  task: Task,
  features: Features,
  targets: Float64Array,
  { l2, scale }: { l2: number; scale: ProbeScale },
): HeadWeights {
  const all = Uint32Array.from({ length: targets.length }, (_, row) => row);
  const some = thinned(all, features);
  if (some.length === all.length) return task.probe(features, targets, { l2, scale });
  const share = some.length / all.length; // the loss is a sum over rows
  return task.probe(rowsOf(features, some), valuesOf(targets, some), { l2: l2 * share, scale });
}

/** What a linear model says, on the host: [rowCount, outputCount]. */
export function linearOutputs({ weight, bias }: HeadWeights, { data, shape }: Features) {
  const [rowCount = 0, width = 0] = shape;
  const outputs = new Float64Array(rowCount * bias.length);
  for (let row = 0; row < rowCount; row++) {
    for (let output = 0; output < bias.length; output++) {
      let sum = bias[output] as number;
      for (let at = 0; at < width; at++)
        sum += (weight[output * width + at] as number) * (data[row * width + at] as number);
      outputs[row * bias.length + output] = sum;
    }
  }
  return { data: outputs, shape: [rowCount, bias.length] };
}

function thinned(rows: Uint32Array, { shape }: Features): Uint32Array {
  const most = Math.max(1000, Math.floor(mostNumbers / Math.max(1, shape[1] ?? 1)));
  if (rows.length <= most) return rows;
  return Uint32Array.from({ length: most }, (_, at) => rows[Math.floor((at * rows.length) / most)] as number);
}

export function rowsOf({ data, shape }: Features, rows: Uint32Array): Features {
  const width = shape[1] ?? 1;
  const taken = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    for (let column = 0; column < width; column++)
      taken[at * width + column] = data[row * width + column] as number;
  });
  return { data: taken, shape: [rows.length, width] };
}

export function valuesOf(values: Float64Array, rows: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: rows.length }, (_, at) => values[rows[at] as number] as number);
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] as number;
  return sum / Math.max(1, values.length);
}
