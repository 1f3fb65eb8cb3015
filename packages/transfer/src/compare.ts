import { checkOptions, choice, wholeNumber } from './check-options.js';
import { type ArmName, armNames, armOptions, type Guiding } from './comparing/arms.js';
import {
  average,
  holm,
  type Interval,
  meanInterval,
  pairedInterval,
  pairedTest,
} from './comparing/intervals.js';
import { TransferError } from './errors.js';
import { finetune } from './finetune.js';
import type { FinetuneOptions } from './finetune-options.js';
import { type PretrainOptions, pretrain } from './pretrain.js';
import type { PretrainedEncoder } from './pretrained-encoder.js';
import type { Rows } from './rows/rows.js';
import type { SearchEvent } from './tuning/search-log.js';

/** One arm on one draw of labels; plain data. */
export interface DrawResult {
  readonly arm: ArmName;
  readonly draw: number;
  /** On test rows. */
  readonly scores: Readonly<Record<string, number>>;
  /** Of the setting that the labels chose, on labelled rows that were not learned from. */
  readonly judgedLoss: number;
  readonly chosen: Readonly<Record<string, unknown>>;
}

/** What a comparison reports while it runs. */
export type CompareEvent = SearchEvent | (DrawResult & { readonly type: 'draw-end' });

/** What {@link compare} takes besides rows. */
export interface CompareOptions {
  /** Default: all that the encoder and guides allow, but `auto`. */
  readonly arms?: readonly ArmName[];
  /** Labelled rows of a draw. Default 20. */
  readonly labels?: number;
  /** Paired draws of labels: the same for every arm. Default 5. */
  readonly draws?: number;
  readonly seed?: number;
  /** The encoder of the arms that have one. Default: one is pre-trained first. */
  readonly from?: PretrainedEncoder;
  /** For that pre-training. */
  readonly pretrain?: PretrainOptions;
  /** For the guided arms; what `scoutRows` gives. */
  readonly guiding?: Guiding;
  /** For all arms: steps, rates and others that `finetune` takes. */
  readonly tuning?: Omit<FinetuneOptions, 'from' | 'labels' | 'draw' | 'tune' | 'guides' | 'seed'>;
  /** Draws that were measured before, e.g. by a run that was stopped: they are not repeated. */
  readonly done?: readonly DrawResult[];
  readonly onEvent?: (event: CompareEvent) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

const optionNames = [
  'arms',
  'labels',
  'draws',
  'seed',
  'from',
  'pretrain',
  'guiding',
  'tuning',
  'done',
  'onEvent',
  'signal',
] as const satisfies readonly (keyof CompareOptions)[];

/** How one arm did. */
export interface ComparedArm {
  readonly name: ArmName;
  /** Means over the draws, by score. */
  readonly scores: Readonly<Record<string, Interval>>;
  /** What it gains over the reference, draw by draw, by score; less is more where the score is a loss. */
  readonly gains: Readonly<Record<string, Interval>>;
  /** The chance of such a gain in the headline score if there were none, corrected for the number of arms (Holm). */
  readonly chance: number;
  /** Mean loss on labelled rows that were not learned from: what chooses the best arm. */
  readonly judgedLoss: number;
  readonly draws: readonly DrawResult[];
  /** Give them to `finetune`, and the arm is a model to keep. */
  readonly options: FinetuneOptions;
}

/** What a comparison found. */
export interface Comparison {
  readonly name: string;
  readonly labels: number;
  readonly drawCount: number;
  readonly seed: number;
  /** The arm that the others are compared with. */
  readonly reference: ArmName;
  /** The score of the headline: `accuracy`, or `rSquared`. */
  readonly headline: string;
  readonly arms: readonly ComparedArm[];
  /** The arm that the labels themselves choose: of the least judged loss. Test rows play no part. */
  readonly best: ComparedArm;
  readonly encoder: PretrainedEncoder;
  /** A table for people. */
  toString(): string;
}

/**
 * Compares ways to learn from few labels on the same draws of labelled rows. Every arm is `finetune` with other
 * options: within each draw its labelled rows alone choose its settings, and test rows score it.
 *
 * @throws TransferError as `finetune` and `pretrain`
 * @example
 * const found = await compare(rows, { labels: 20, draws: 10, seed: 7 });
 * console.log(String(found));
 * const model = await finetune(rows, found.best.options);
 */
export async function compare(rows: Rows, options: CompareOptions = {}): Promise<Comparison> {
  checkOptions('compare', options, optionNames);
  const { guiding, onEvent, signal, tuning = {}, done = [] } = options;
  const seed = wholeNumber('compare', 'seed', options.seed ?? 0, 0);
  const labels = wholeNumber('compare', 'labels', options.labels ?? 20, 2);
  const drawCount = wholeNumber('compare', 'draws', options.draws ?? 5);
  const names = armsOf(options, rows);
  const hooks = { ...(onEvent ? { onEvent } : {}), ...(signal ? { signal } : {}) };
  const encoder =
    options.from ?? guiding?.encoder ?? (await pretrain(rows, { seed, ...options.pretrain, ...hooks }));
  const arms: { name: ArmName; options: FinetuneOptions; draws: DrawResult[] }[] = names.map((name) => ({
    name,
    options: { ...armOptions(name, { encoder, guiding, seed }), ...tuning, labels, seed },
    draws: [],
  }));
  for (let draw = 0; draw < drawCount; draw++) {
    for (const arm of arms) {
      signal?.throwIfAborted();
      const known = done.find((one) => one.arm === arm.name && one.draw === draw);
      const result = known ?? (await measure(rows, arm, draw, hooks));
      arm.draws.push(result);
      if (!known) await onEvent?.({ type: 'draw-end', ...result });
    }
  }
  return summarised({ name: rows.name, labels, drawCount, seed, encoder, arms });
}

async function measure(
  rows: Rows,
  { name, options }: { name: ArmName; options: FinetuneOptions },
  draw: number,
  hooks: Pick<FinetuneOptions, 'onEvent' | 'signal'>,
): Promise<DrawResult> {
  const model = await finetune(rows, { ...options, ...hooks, draw });
  const { metrics: scores, chosen } = model;
  model.dispose();
  return { arm: name, draw, scores, chosen, judgedLoss: Number(chosen.loss) };
}

function armsOf({ arms, guiding }: CompareOptions, rows: Rows): readonly ArmName[] {
  if (arms) {
    const checked = arms.map((name) => choice('compare', 'arms', name, armNames));
    if (checked.length > 0) return [...new Set(checked)];
    throw new TransferError('bad-option', 'compare: there must be at least one arm, got none.');
  }
  return armNames.filter(
    (name) =>
      name !== 'auto' &&
      (guiding || !name.startsWith('guided')) &&
      !(rows.kind === 'texts' && (name === 'linear' || name === 'scratch')),
  );
}

/** The loss, where less is better. */
const losses = ['logLoss', 'rootMeanSquaredError', 'calibrationError'];

function summarised(
  found: Pick<Comparison, 'name' | 'labels' | 'drawCount' | 'seed' | 'encoder'> & {
    arms: readonly { name: ArmName; options: FinetuneOptions; draws: readonly DrawResult[] }[];
  },
): Comparison {
  const [first] = found.arms;
  const reference = found.arms.find(({ name }) => name === 'scratch') ?? first;
  if (!first || !reference) throw new RangeError('compare: there must be at least one arm, got none.');
  const metrics = Object.keys(first.draws[0]?.scores ?? {});
  const headline = metrics.includes('accuracy') ? 'accuracy' : 'rSquared';
  const of = ({ draws }: { draws: readonly DrawResult[] }, metric: string) =>
    draws.map(({ scores }) => scores[metric] ?? Number.NaN);
  const gain = (arm: { draws: readonly DrawResult[] }, metric: string) =>
    losses.includes(metric)
      ? pairedInterval(of(reference, metric), of(arm, metric))
      : pairedInterval(of(arm, metric), of(reference, metric));
  const others = found.arms.filter((arm) => arm !== reference);
  const chances = holm(others.map((arm) => pairedTest(of(arm, headline), of(reference, headline))));
  const arms = found.arms.map(
    (arm): ComparedArm => ({
      ...arm,
      scores: Object.fromEntries(metrics.map((metric) => [metric, meanInterval(of(arm, metric))])),
      gains: Object.fromEntries(metrics.map((metric) => [metric, gain(arm, metric)])),
      chance: chances[others.indexOf(arm)] ?? 1,
      judgedLoss: average(arm.draws.map(({ judgedLoss }) => judgedLoss)),
    }),
  );
  const best = arms.reduce((least, arm) => (arm.judgedLoss < least.judgedLoss ? arm : least));
  const comparison = { ...found, reference: reference.name, headline, arms, best };
  return { ...comparison, toString: () => textOf(comparison) };
}

function textOf({
  arms,
  headline,
  reference,
  best,
  labels,
  drawCount,
}: Omit<Comparison, 'toString'>): string {
  const share = headline === 'accuracy';
  const number = (value: number) =>
    !Number.isFinite(value) ? '–' : share ? (100 * value).toFixed(1) : value.toFixed(3);
  const lines = arms.map(({ name, scores, gains, chance, judgedLoss }) => {
    const score = scores[headline];
    const gain = gains[headline];
    const columns = [
      name.padEnd(16),
      number(score?.mean ?? Number.NaN).padStart(8),
      name === reference
        ? ''.padStart(22)
        : `${number(gain?.mean ?? Number.NaN)} [${number(gain?.low ?? Number.NaN)}, ${number(gain?.high ?? Number.NaN)}]`.padStart(
            22,
          ),
      name === reference ? ''.padStart(7) : chance.toFixed(3).padStart(7),
      judgedLoss.toFixed(3).padStart(9),
    ];
    return columns.join('  ').trimEnd();
  });
  const head = [
    'arm'.padEnd(16),
    headline.padStart(8),
    `over ${reference} [95 %]`.padStart(22),
    'chance'.padStart(7),
    'judged'.padStart(9),
  ].join('  ');
  return [
    `${labels} labels, ${drawCount} ${drawCount === 1 ? 'draw' : 'draws'}; ${headline} on test rows${share ? ' in %' : ''}, settings chosen by the labelled rows themselves`,
    head,
    ...lines,
    `The labels choose ${best.name}.`,
  ].join('\n');
}
