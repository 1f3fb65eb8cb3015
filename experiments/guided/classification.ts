import { type ClassSubset, classSubsets } from '@warmstart/guided-tl';
import { randomOrder, seededRandom, shuffled } from '@warmstart/random';
import type { Prepared } from './arms.js';
import type { Study } from './comparison.js';
import { DenseNetwork } from './dense-network.js';
import { drawExamples, drawRows, type LabelledRows } from './labelled-rows.js';
import { type DrawTask, importanceOf, pretrain, refineAll, reptile, scoutAll } from './pretraining.js';

/** Classes to pre-train on, and others to be learned from a few examples. */
export interface ClassificationPlan {
  name: string;
  /** The same rows every time for the same seed. */
  rows(seed: number): { seen: LabelledRows; scouted: LabelledRows; tasks: LabelledRows };
  classes: number;
  /** Classes for pre-training and scouts; drawn by seed. The rest is new. */
  baseClasses: number;
  /** Classes of a task, all of them new. */
  way: number;
  scoutWay: number;
  scouts: number;
  shots: readonly number[];
  hidden: readonly number[];
}

/** Few-shot classification of classes that pre-training never saw; the head is new in every task. */
export function classificationStudy(plan: ClassificationPlan): Study {
  const { width } = plan.rows(0).tasks;
  const network = new DenseNetwork([width, ...plan.hidden, plan.way], 'cross-entropy');
  return {
    name: plan.name,
    network,
    prepare: (seed) => prepare(plan, network, seed),
    shots: plan.shots,
    tasks: (seed, purpose, count, shots) => {
      const { tasks } = plan.rows(seed);
      const { fresh } = splitClasses(plan, seed);
      const random = seededRandom(seed, 'tasks', purpose, shots);
      return Array.from({ length: count }, () => {
        const chosen = shuffled(fresh, random).slice(0, plan.way);
        const { drawn, rest } = drawExamples(tasks, chosen, shots, random, 20);
        return { train: drawn, test: rest };
      });
    },
    rates: { sgd: [0.003, 0.01, 0.03, 0.1, 0.3, 1], adam: [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2] },
    steps: [5, 10, 20, 40],
  };
}

async function prepare(plan: ClassificationPlan, network: DenseNetwork, seed: number): Promise<Prepared> {
  const { seen, scouted } = plan.rows(seed);
  const { base } = splitClasses(plan, seed);
  const random = seededRandom(seed, 'classification');
  const guidedLayers = plan.hidden.length;
  const wide = new DenseNetwork([seen.width, ...plan.hidden, base.length], 'cross-entropy');
  const start = wide.initial(random);
  const all = drawExamples(seen, base, Number.POSITIVE_INFINITY, random).drawn;
  const asRows = { width: seen.width, features: all.inputs, labels: new Uint8Array() };
  const batch = drawRows(asRows, { rows: [...Array(all.count).keys()], labels: all.targets }, 32);
  const trained = pretrain(wide, start, batch, { steps: 800, rate: 2e-3, random });
  const body = (weights: Float64Array) => network.fromState(wide.stateDict(weights, guidedLayers));
  const subproblems = subproblemsOf(plan, scouted, base, random);
  const small = new DenseNetwork([seen.width, ...plan.hidden, plan.scoutWay], 'cross-entropy');
  const scouts = await scoutAll<ClassSubset>({
    network: small,
    base: small.fromState(wide.stateDict(trained, guidedLayers)),
    guidedLayers,
    subproblems,
    draw: (subset) => drawRows(scouted, subset, 24),
    steps: 100,
    rate: 0.1,
    seed,
  });
  const refined = await refineAll<ClassSubset>({
    network: small,
    scouted: scouts,
    guidedLayers,
    subproblems,
    draw: ({ classes }) => drawTask(scouted, classes, plan.shots),
    rates: { sgd: 0.1, adam: 3e-3 },
    steps: 20,
    seed,
  });
  return {
    scratch: body(start),
    base: body(trained),
    reptile: reptile(
      network,
      body(start),
      (of) => (drawing) => drawExamples(seen, shuffled(base, of).slice(0, plan.way), 5, drawing, 0).drawn,
      { tasks: 1200, innerSteps: 8, innerRate: 0.1, random, headFrom: network.offsets[guidedLayers] ?? 0 },
    ),
    scouted: scouts,
    refined,
    importance: importanceOf(wide, trained, batch, { layers: guidedLayers, random }),
    guidedLayers,
  };
}

/** A few examples of each class, as many as one of `shots`, and others to be judged by. */
function drawTask(rows: LabelledRows, classes: readonly number[], shots: readonly number[]): DrawTask {
  return (random) => {
    const count = shots[Math.floor(random() * shots.length)] ?? 1;
    const { drawn, rest } = drawExamples(rows, classes, count, random, 10);
    return { train: drawn, test: rest };
  };
}

/** Subsets of the base classes only. */
function subproblemsOf(
  plan: ClassificationPlan,
  rows: LabelledRows,
  base: number[],
  random: () => number,
): ClassSubset[] {
  const kept = [...rows.labels.keys()].filter((row) => base.includes(rows.labels[row] ?? -1));
  const labels = kept.map((row) => rows.labels[row] ?? 0);
  return classSubsets({ labels, size: plan.scoutWay, count: plan.scouts, random }).map((subset) => ({
    ...subset,
    rows: subset.rows.map((position) => kept[position] ?? 0),
  }));
}

function splitClasses({ classes, baseClasses }: ClassificationPlan, seed: number) {
  const order = [...randomOrder(classes, seededRandom(seed, 'classes'))];
  return { base: order.slice(0, baseClasses), fresh: order.slice(baseClasses) };
}
