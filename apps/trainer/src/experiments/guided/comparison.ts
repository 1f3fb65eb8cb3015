import { seededRandom } from '@warmstart/datasets';
import type { Interval } from '../../statistics.js';
import { type Adaptation, adapt } from './adaptation.js';
import { type Arm, armsOf, type Prepared, reliabilityOf } from './arms.js';
import type { DenseNetwork, Examples } from './dense-network.js';

/** A few examples to learn from, and others to be tested on. */
export interface Task {
  train: Examples;
  test: Examples;
}

/** One pre-training and the few-shot tasks after it. */
export interface Study {
  /** Put before the number of shots in the table, e.g. "scouts saw shifts, ". */
  name: string;
  network: DenseNetwork;
  prepare(seed: number): Promise<Prepared>;
  /** Examples of a class, or points of a function, in a task. */
  shots: readonly number[];
  /** New tasks; those for validation and for testing never overlap. */
  tasks(seed: number, purpose: 'validation' | 'test', count: number, shots: number): Task[];
  rates: Record<'sgd' | 'adam', readonly number[]>;
  /** Numbers of updates to choose from, ascending. */
  steps: readonly number[];
}

/** How much is run. */
export interface Budget {
  seeds: number;
  validationTasks: number;
  testTasks: number;
}

/** One arm in one setting, over all seeds and tasks. */
export interface ArmSummary {
  setting: string;
  arm: string;
  /** Mean squared error, or share of wrong classes. */
  error: Interval;
  /** Error minus that of plain fine-tuning by the same rule, task by task; below 0 is better. */
  againstFineTune: Interval;
  /** Error of `guided` minus this arm's by the same rule, task by task; below 0: guides are better. */
  guidedAgainstThis: Interval;
  /** What validation tasks chose, seed by seed. */
  chosen: string[];
}

/** What a comparison found. */
export interface ComparisonResult {
  arms: ArmSummary[];
  /** Split-half rank correlation of guides within tensors, seed by seed. */
  reliability: number[];
  rejectedScouts: number;
}

/**
 * Runs every arm on the same tasks: rate, steps and variant are chosen on validation tasks, arm by arm; the
 * chosen ones are scored on test tasks. Intervals are hierarchical: seeds are drawn, then tasks in them.
 */
export async function compare(
  studies: readonly Study[],
  budget: Budget,
  seed: number,
  onProgress: (text: string) => void | Promise<void>,
): Promise<ComparisonResult> {
  const reliabilities: number[] = [];
  let rejectedScouts = 0;
  const scores = new Map<string, Scores>();
  for (let run = 0; run < budget.seeds; run++) {
    const runSeed = seed * 1000 + run;
    for (const study of studies) {
      const prepared = await study.prepare(runSeed);
      reliabilities.push(reliabilityOf(prepared).withinTensor);
      rejectedScouts += prepared.scouted.report.diverged.length;
      for (const shots of study.shots) {
        scoreArms({ study, shots, prepared, budget, seed: runSeed }, scores);
        await onProgress(`seed ${run + 1} of ${budget.seeds}, ${study.name}${shots} shots`);
      }
    }
  }
  return { arms: summarise(scores, seed), reliability: reliabilities, rejectedScouts };
}

interface Scores {
  setting: string;
  arm: string;
  rule: string;
  /** Test errors by seed, then task. */
  errors: number[][];
  chosen: string[];
}

interface Column {
  study: Study;
  shots: number;
  prepared: Prepared;
  budget: Budget;
  seed: number;
}

function scoreArms({ study, shots, prepared, budget, seed }: Column, scores: Map<string, Scores>): void {
  const validation = study.tasks(seed, 'validation', budget.validationTasks, shots);
  const test = study.tasks(seed, 'test', budget.testTasks, shots);
  const setting = `${study.name}${shots} shots`;
  for (const rule of ['sgd', 'adam'] as const) {
    for (const arm of armsOf(study.network, prepared, rule, seed)) {
      const { best, steps } = tune(study, arm, rule, validation);
      const key = `${setting} ${arm.name}`;
      const found = scores.get(key) ?? { setting, arm: arm.name, rule, errors: [], chosen: [] };
      found.errors.push(test.map((task) => adapt(study.network, task, best, [steps]).at(-1) ?? Number.NaN));
      found.chosen.push(`${best.rate}@${steps}`);
      scores.set(key, found);
    }
  }
}

function tune(
  { network, rates, steps: checkpoints }: Study,
  arm: Arm,
  rule: 'sgd' | 'adam',
  validation: readonly Task[],
): { best: Adaptation; steps: number } {
  let least = Number.POSITIVE_INFINITY;
  let chosen: { best: Adaptation; steps: number } | undefined;
  for (const variant of arm.variants) {
    for (const rate of rates[rule]) {
      const sums = checkpoints.map(() => 0);
      for (const task of validation) {
        adapt(network, task, { ...variant, rate }, checkpoints).forEach((error, i) => {
          sums[i] = (sums[i] ?? 0) + error;
        });
      }
      sums.forEach((sum, i) => {
        if (sum >= least) return;
        least = sum;
        chosen = { best: { ...variant, rate }, steps: checkpoints[i] ?? 0 };
      });
    }
  }
  if (!chosen) throw new RangeError(`tune: ${arm.name} must have a variant, got none.`);
  return chosen;
}

function summarise(scores: ReadonlyMap<string, Scores>, seed: number): ArmSummary[] {
  const find = (setting: string, name: string, rule: string): number[][] =>
    scores.get(`${setting} ${name} (${rule === 'sgd' ? 'SGD' : 'Adam'})`)?.errors ?? [];
  return [...scores.values()].map(({ setting, arm, rule, errors, chosen }) => ({
    setting,
    arm,
    error: hierarchicalInterval(errors, seed),
    againstFineTune: hierarchicalInterval(difference(errors, find(setting, 'fine-tune', rule)), seed),
    guidedAgainstThis: hierarchicalInterval(difference(find(setting, 'guided', rule), errors), seed),
    chosen,
  }));
}

function difference(left: number[][], right: number[][]): number[][] {
  return left.map((errors, run) => errors.map((error, task) => error - (right[run]?.[task] ?? Number.NaN)));
}

/**
 * Mean over seeds of the mean over tasks, with the 95 % percentile interval of 2,000 draws of seeds and of
 * tasks within them.
 */
export function hierarchicalInterval(values: readonly number[][], seed: number): Interval {
  const random = seededRandom(seed, 'bootstrap');
  const meanOf = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const pick = <Item>(list: readonly Item[]): Item => list[Math.floor(random() * list.length)] as Item;
  const draws = Array.from({ length: 2000 }, () =>
    meanOf(
      values.map(() => {
        const tasks = pick(values);
        let sum = 0;
        for (let i = 0; i < tasks.length; i++) sum += pick(tasks);
        return sum / tasks.length;
      }),
    ),
  ).sort((a, b) => a - b);
  return { mean: meanOf(values.map(meanOf)), low: draws[49] ?? Number.NaN, high: draws[1949] ?? Number.NaN };
}

/** The table people read, as Markdown. */
export function tableOf(result: ComparisonResult): string {
  const number = (value: number) => value.toFixed(3);
  const interval = ({ mean, low, high }: Interval) => `${number(mean)} [${number(low)}, ${number(high)}]`;
  const rows = result.arms.map(
    ({ setting, arm, error, againstFineTune, guidedAgainstThis }) =>
      `| ${setting} | ${arm} | ${interval(error)} | ${interval(againstFineTune)} | ${interval(guidedAgainstThis)} |`,
  );
  const reliable = result.reliability.map(number).join(' ');
  return [
    '| setting | arm | error | minus fine-tune | guided minus this |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    `Split-half reliability of the guides within tensors, by seed: ${reliable}. Rejected scouts: ${result.rejectedScouts}.`,
  ].join('\n');
}
