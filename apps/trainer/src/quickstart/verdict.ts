import type { Interval } from '@warmstart/transfer';
import type { ArmResult, QuickstartResult } from './result.js';

const labels: Record<string, string> = {
  'logistic-regression': 'logistic regression, raw features',
  scratch: 'from scratch',
  frozen: 'frozen encoder + linear probe',
  finetune: 'fine-tuned, probe first',
  guided: 'guided fine-tuning',
  'guided-shuffled': 'guided, guides shuffled (control)',
};

/** What an arm is called in tables and charts. */
export function armLabel(name: string): string {
  return labels[name] ?? name;
}

/** One plain sentence or two: what was found, and what was not, where the labels themselves chose. */
export function verdict(result: {
  arms: readonly ArmResult[];
  gainOverShuffled: Interval;
  labels: number;
}): string {
  const arm = (name: string) => result.arms.find((candidate) => candidate.name === name) as ArmResult;
  const { finetune, scratch } = { finetune: arm('finetune'), scratch: arm('scratch') };
  const gain = finetune.gainOverScratch;
  const pretraining =
    `With ${result.labels} labels, which alone chose rate and steps, fine-tuning the pre-trained encoder classifies ${percent(finetune.accuracy.mean)} of ` +
    `the test rows right, training from scratch ${percent(scratch.accuracy.mean)}: ${pointsWithInterval(gain)}, ` +
    `${judgement(gain, 'pre-training pays', 'pre-training costs', 'no difference can be claimed')}.`;
  const control = result.gainOverShuffled;
  const guided =
    `Guided fine-tuning reaches ${percent(arm('guided').accuracy.mean)}; against its own shuffled guides ` +
    `${pointsWithInterval(control)}: ` +
    `${guideJudgement(control)}.`;
  return `${pretraining} ${guided}`;
}

/** Below half a point a difference may be real and still not worth scouts. */
const worthwhile = 0.005;

function guideJudgement(control: Interval): string {
  if (control.low > 0 && control.mean < worthwhile)
    return 'information in these guides, but too little to matter';
  return judgement(
    control,
    'the guides carry information',
    'shuffled guides do better',
    'no information in these guides can be shown',
  );
}

/** The comparison as lines of text, no wider than a terminal. */
export function comparisonTable(result: QuickstartResult): string[] {
  const rows = [result.reference, ...result.arms];
  const honest = [result.byLabels.reference, ...result.byLabels.arms];
  const width = Math.max(...rows.map(({ name }) => armLabel(name).length));
  const header = `  ${'arm'.padEnd(width)}  labels choose  [95 % interval]   validation rows choose   ROC AUC   gain [95 %]`;
  return [
    header,
    ...honest.map((arm, at) => {
      const { accuracy, rocAuc, gainOverScratch, name } = arm;
      const interval = `[${percent(accuracy.low)}, ${percent(accuracy.high)}]`;
      const other = percent(rows[at]?.accuracy.mean ?? Number.NaN);
      const gain =
        name === 'scratch'
          ? ''
          : `${points(gainOverScratch.mean)} [${points(gainOverScratch.low)}, ${points(gainOverScratch.high)}]`;
      return `  ${armLabel(name).padEnd(width)}  ${percent(accuracy.mean).padStart(13)}  ${interval.padEnd(16)}  ${other.padStart(22)}   ${rocAuc.mean.toFixed(3).padStart(7)}   ${gain}`.trimEnd();
    }),
  ];
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A difference of shares, in percentage points with its sign. */
export function points(difference: number): string {
  const rounded = (100 * difference).toFixed(1);
  return difference > 0 ? `+${rounded}` : rounded.replace('-', '−');
}

function pointsWithInterval({ mean, low, high }: Interval): string {
  return `${points(mean)} points (95 % interval ${points(low)} to ${points(high)})`;
}

function judgement(interval: Interval, above: string, below: string, neither: string): string {
  if (interval.low > 0) return above;
  return interval.high < 0 ? below : neither;
}
