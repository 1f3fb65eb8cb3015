import { seededRandom } from '@warmstart/random';
import type { Random } from '@warmstart/shapes';
import { copyNet, predict, type SmallNet, smallNet, trainStep } from './small-net.js';
import { drawTaskA, grid, pointsOfTaskB, taskA, truth } from './tasks.js';

export interface FanSettings {
  /** labelled points of task B */
  points: number;
  /** share of the truth in task A, in [0, 1] */
  relatedness: number;
  /** rows of task A */
  examples: number;
  seed: number;
  /** pairs of nets; default 12 */
  nets?: number;
}

/** Curves of all nets of one side, at one moment. */
export interface Fan {
  /** [nets, gridSize] */
  curves: Float32Array;
  /** mean over nets of the root mean squared distance from the truth, over all of x */
  error: number;
}

/** While the one side learns task A, the other is as it began. */
export interface FanMoment {
  stage: 'pre-training' | 'fine-tuning';
  share: number;
  scratch: Fan;
  warm: Fan;
}

export const netCount = 12;
export const gridSize = 81;
const sizes = [1, 24, 24, 24, 1];
const gain = 2.6;
const plan = { pretrain: 400, finetune: 300, batch: 24, enough: 1e-4 };

/**
 * Two fans of nets learn task B from a few points: one from scratch, one from nets that learned task A first. The two
 * nets of a pair begin with the same weights.
 */
export function* growFans(settings: FanSettings): Generator<FanMoment> {
  const { points, relatedness, examples, seed, nets = netCount } = settings;
  const pairs = Array.from({ length: nets }, (_, net) => {
    const fresh = smallNet(sizes, seededRandom(seed, 'net', net), gain);
    const random = seededRandom(seed, 'task-a', net);
    return { scratch: copyNet(fresh), warm: fresh, random, rows: drawTaskA(examples, relatedness, random) };
  });
  const untrained = fanOf(pairs.map((pair) => pair.scratch));
  for (let step = 0; step < plan.pretrain; step++) {
    const rate = 0.01 * (1 - step / plan.pretrain) + 5e-4;
    for (const { warm, rows, random } of pairs) trainStep(warm, batchOf(rows, random), rate);
    if (step % 40 === 39) {
      const warm = fanOf(pairs.map((pair) => pair.warm));
      yield { stage: 'pre-training', share: (step + 1) / plan.pretrain, scratch: untrained, warm };
    }
  }
  const labelled = pointsOfTaskB(points);
  const learners = pairs.map(({ scratch, warm }) => ({ scratch, warm: copyNet(warm) }));
  const [done, rates] = [new Set<SmallNet>(), { scratch: 5e-3, warm: 2e-3 }];
  for (let step = 0; step < plan.finetune; step++) {
    for (const pair of learners) {
      for (const side of ['scratch', 'warm'] as const) {
        const net = pair[side];
        if (!done.has(net) && trainStep(net, labelled, rates[side]) < plan.enough) done.add(net);
      }
    }
    const isLast = step === plan.finetune - 1 || done.size === 2 * nets;
    if (isLast || step % 6 === 0) {
      const [scratch, warm] = [fanOf(learners.map((p) => p.scratch)), fanOf(learners.map((p) => p.warm))];
      yield { stage: 'fine-tuning', share: isLast ? 1 : step / plan.finetune, scratch, warm };
    }
    if (isLast) return;
  }
}

function batchOf(rows: { x: Float64Array; y: Float64Array }, random: Random) {
  const size = Math.min(plan.batch, rows.x.length);
  const chosen = Array.from({ length: size }, () => Math.floor(random() * rows.x.length));
  return {
    x: Float64Array.from(chosen, (row) => rows.x[row] as number),
    y: Float64Array.from(chosen, (row) => rows.y[row] as number),
  };
}

function fanOf(nets: readonly SmallNet[]): Fan {
  const x = grid(gridSize);
  const curves = new Float32Array(nets.length * gridSize);
  let error = 0;
  for (const [index, net] of nets.entries()) {
    const curve = predict(net, x);
    curves.set(curve, index * gridSize);
    const squares = curve.reduce((sum, value, i) => sum + (value - truth(x[i] as number)) ** 2, 0);
    error += Math.sqrt(squares / gridSize) / nets.length;
  }
  return { curves, error };
}

export interface MaskingResult {
  /** [rows, profileWidth] */
  truth: Float32Array;
  rebuilt: Float32Array;
  /** [rows, profileWidth], 1 where hidden */
  hidden: Uint8Array;
  /** share of the squared error of guessing the mean that the net takes away, on rows it has not seen */
  skill: number;
}

export const profileWidth = 12;

/** A small net learns to rebuild hidden values of short profiles from those it sees. */
export function learnToRebuild({ ratio, seed }: { ratio: number; seed: number }): MaskingResult {
  const random = seededRandom(seed, 'profiles');
  const net = smallNet([profileWidth, 32, 12, 32, profileWidth], random, 1);
  for (let step = 0; step < 900; step++) {
    const { seen, truth: y, hidden } = maskedProfiles(24, ratio, random);
    trainStep(net, { x: seen, y, counted: hidden }, 0.006 * (1 - step / 900) + 2e-4);
  }
  const { seen, truth: y, hidden } = maskedProfiles(64, ratio, seededRandom(seed, 'unseen'));
  const rebuilt = predict(net, seen);
  let [error, variance] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    if (hidden[i] === 0) continue;
    error += ((rebuilt[i] as number) - (y[i] as number)) ** 2;
    variance += (y[i] as number) ** 2; // profiles are drawn around 0
  }
  return {
    truth: Float32Array.from(y),
    rebuilt: Float32Array.from(rebuilt),
    hidden,
    skill: 1 - error / variance,
  };
}

function maskedProfiles(rows: number, ratio: number, random: Random) {
  const truthValues = new Float64Array(rows * profileWidth);
  const hidden = new Uint8Array(rows * profileWidth);
  const count = Math.min(profileWidth - 1, Math.max(1, Math.round(ratio * profileWidth)));
  for (let row = 0; row < rows; row++) {
    const [height, phase, slope] = [0.4 + 0.6 * random(), 2 * Math.PI * random(), random() - 0.5];
    for (let i = 0; i < profileWidth; i++) {
      truthValues[row * profileWidth + i] =
        height * Math.sin(0.75 * i + phase) + slope * ((2 * i) / (profileWidth - 1) - 1);
    }
    const order = Array.from({ length: profileWidth }, (_, i) => ({ i, key: random() }));
    order.sort((left, right) => left.key - right.key);
    for (const { i } of order.slice(0, count)) hidden[row * profileWidth + i] = 1;
  }
  const seen = truthValues.map((value, i) => (hidden[i] ? 0 : value));
  return { truth: truthValues, seen, hidden };
}

export interface GuidesResult {
  /** one per layer, values in [0, 1]: guide value of each weight, [outputs, inputs] */
  layers: { outputs: number; inputs: number; values: Float32Array }[];
  scouts: number;
}

/** Scouts leave one trained net for neighbouring tasks; how much their ways differ, weight by weight, is the guide. */
export function scoutSmallNet({ scouts, seed }: { scouts: number; seed: number }): GuidesResult {
  const random = seededRandom(seed, 'guides');
  const base = smallNet([1, 20, 20, 1], random, gain);
  const rows = drawTaskA(200, 1, random);
  for (let step = 0; step < 400; step++)
    trainStep(base, batchOf(rows, random), 0.01 * (1 - step / 400) + 5e-4);
  const [sum, squares] = [new Float64Array(base.weights.length), new Float64Array(base.weights.length)];
  for (let index = 0; index < scouts; index++) {
    const scout = copyNet(base);
    const shift = 0.5 * (random() - 0.5);
    const x = Float64Array.from({ length: 24 }, () => 2 * random() - 1);
    const y = x.map((at) => taskA(at + shift, 1));
    for (let step = 0; step < 80; step++) trainStep(scout, { x, y }, 2e-3);
    for (let i = 0; i < sum.length; i++) {
      const moved = (scout.weights[i] as number) - (base.weights[i] as number);
      sum[i] = (sum[i] as number) + moved;
      squares[i] = (squares[i] as number) + moved * moved;
    }
  }
  const variance = squares.map((square, i) => square / scouts - ((sum[i] as number) / scouts) ** 2);
  const most = variance.reduce((a, b) => Math.max(a, b), 0);
  const layers = base.layers.map(({ inputs, outputs, at }) => ({
    inputs,
    outputs,
    values: Float32Array.from(variance.subarray(at, at + inputs * outputs), (value) => value / most),
  }));
  return { layers, scouts };
}
