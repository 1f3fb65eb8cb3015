import { seededRandom } from '@warmstart/random';
import type { Interval } from '@warmstart/transfer';
import { adapt } from './adaptation.js';
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
  /** Rate × steps that the validation tasks chose. */
  chosen: string;
}

/** What a comparison found. */
export interface ComparisonResult {
  arms: ArmSummary[];
  /** Split-half rank correlation of guides within tensors, seed by seed. */
  reliability: number[];
  rejectedScouts: number;
}

/**
 * Runs every arm on the same tasks: rate, steps and variant are chosen arm by arm on the validation tasks of all
 * seeds together; the chosen ones are scored on test tasks. Intervals are hierarchical: seeds are drawn, then
 * tasks in them.
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
  for (const study of studies) {
    const bases: Base[] = [];
    for (let run = 0; run < budget.seeds; run++) {
      const prepared = await study.prepare(seed * 1000 + run);
      bases.push({ seed: seed * 1000 + run, prepared });
      reliabilities.push(reliabilityOf(prepared).withinTensor);
      rejectedScouts += prepared.scouted.report.diverged.length;
      await onProgress(`${study.name}base ${run + 1} of ${budget.seeds}`);
    }
    for (const shots of study.shots) {
      for (const rule of ['sgd', 'adam'] as const) {
        scoreArms({ study, shots, rule, bases, budget }, scores);
        await onProgress(`${study.name}${shots} shots, ${rule}`);
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
  chosen: string;
}

interface Base {
  seed: number;
  prepared: Prepared;
}

interface Column {
  study: Study;
  shots: number;
  rule: 'sgd' | 'adam';
  bases: readonly Base[];
  budget: Budget;
}

function scoreArms({ study, shots, rule, bases, budget }: Column, scores: Map<string, Scores>): void {
  const setting = `${study.name}${shots} shots`;
  const tasks = (purpose: 'validation' | 'test', count: number) =>
    bases.map(({ seed }) => study.tasks(seed, purpose, count, shots));
  const validation = tasks('validation', budget.validationTasks);
  const test = tasks('test', budget.testTasks);
  const byBase = bases.map(({ seed, prepared }) => armsOf(study.network, prepared, rule, seed));
  for (const [i, { name }] of (byBase[0] ?? []).entries()) {
    const arms = byBase.map((list) => list[i] as Arm); // every base has the same arms
    const { variant, rate, steps } = tune(study, arms, rule, validation);
    const errors = arms.map(({ variants }, run) => {
      const chosen = { ...(variants[variant] as Variant), rate };
      return (test[run] ?? []).map((task) => adapt(study.network, task, chosen, [steps])[0] ?? Number.NaN);
    });
    scores.set(`${setting} ${name}`, { setting, arm: name, rule, errors, chosen: `${rate} × ${steps}` });
  }
}

type Variant = Arm['variants'][number];

/** The variant, rate and steps with the least error over the validation tasks of all seeds. */
function tune(
  { network, rates, steps: checkpoints }: Study,
  arms: readonly Arm[],
  rule: 'sgd' | 'adam',
  validation: readonly Task[][],
): { variant: number; rate: number; steps: number } {
  let least = Number.POSITIVE_INFINITY;
  let chosen = { variant: 0, rate: 0, steps: 0 };
  const variants = arms[0]?.variants.length ?? 0;
  for (let variant = 0; variant < variants; variant++) {
    for (const rate of rates[rule]) {
      const sums = checkpoints.map(() => 0);
      for (const [run, arm] of arms.entries()) {
        const adaptation = { ...(arm.variants[variant] as Variant), rate };
        for (const task of validation[run] ?? []) {
          adapt(network, task, adaptation, checkpoints).forEach((error, i) => {
            sums[i] = (sums[i] ?? 0) + error;
          });
        }
      }
      sums.forEach((sum, i) => {
        if (sum >= least) return;
        least = sum;
        chosen = { variant, rate, steps: checkpoints[i] ?? 0 };
      });
    }
  }
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
    ({ setting, arm, error, againstFineTune, guidedAgainstThis, chosen }) =>
      `| ${setting} | ${arm} | ${interval(error)} | ${interval(againstFineTune)} | ${interval(guidedAgainstThis)} | ${chosen} |`,
  );
  const reliable = result.reliability.map(number).join(' ');
  return [
    '| setting | arm | error | minus fine-tune | guided minus this | rate × steps |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    `Split-half reliability of the guides within tensors, by seed: ${reliable}. Rejected scouts: ${result.rejectedScouts}.`,
  ].join('\n');
}
