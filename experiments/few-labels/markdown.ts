import { armNames } from './plan.js';
import type { ArmSummary, DatasetSummary } from './summary.js';

const encoderNames = { mlp: 'fully connected', conv: 'convolutions', transformer: 'transformer' } as const;

/** The table of one data set, in Markdown: accuracy in percent, gain over scratch with its interval. */
export function tableOf(summary: DatasetSummary): string {
  const counts = [...new Set(summary.arms.map(({ labels }) => labels))].sort((left, right) => left - right);
  const { dataset, encoder, trainRows, testRows, seeds, draws } = summary;
  const lines = [
    `### ${dataset}, ${encoderNames[encoder]}: ${trainRows} unlabelled rows, ${testRows} test rows, ${seeds} pre-training ${seeds === 1 ? 'seed' : 'seeds'} × ${draws} draws`,
    '',
    `| arm | ${counts.map((count) => `${count} labels`).join(' | ')} |`,
    `|---|${counts.map(() => '---').join('|')}|`,
  ];
  const present = new Set(summary.arms.map(({ arm }) => arm));
  for (const arm of armNames.filter((name) => present.has(name))) {
    const cells = counts.map((count) =>
      cell(summary.arms.find((one) => one.arm === arm && one.labels === count)),
    );
    lines.push(`| ${arm} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

function cell(summary: ArmSummary | undefined): string {
  if (!summary) return '–';
  const accuracy = percent(summary.accuracy);
  if (summary.arm === 'scratch') return accuracy;
  const { mean, low, high } = summary.gain;
  const mark = summary.p < 0.05 ? '*' : '';
  return `${accuracy} (${signed(mean)}, ${signed(low)} to ${signed(high)})${mark}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function signed(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;
}
