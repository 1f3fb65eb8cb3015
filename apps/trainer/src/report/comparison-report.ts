import type { ComparisonResult } from '../method/run-comparison.js';
import type { Run } from '../runs/run.js';
import { intervalChart } from './charts.js';
import { escapeHtml, figure, htmlPage, table } from './html-page.js';
import { howSection } from './run-sections.js';

/** Writes the report of a comparison: each arm's accuracy and its paired gain over scratch. */
export function writeComparisonReport(run: Run, result: ComparisonResult): void {
  const { dataset, labels, draws, arms } = result;
  const others = arms.filter(({ arm }) => arm !== 'scratch');
  const rows = arms.map(({ arm, accuracy, gain, p, setting }) => [
    arm,
    `${(100 * accuracy).toFixed(1)} %`,
    arm === 'scratch' ? '' : `${points(gain.mean)} [${points(gain.low)}, ${points(gain.high)}]`,
    arm === 'scratch' ? '' : p.toFixed(3),
    setting,
  ]);
  const gains = intervalChart(
    others.map(({ arm, gain }) => ({ name: arm, ...gain })),
    'gain over scratch (points)',
    true,
  );
  run.folder.write(
    'report.html',
    htmlPage(`Is pre-training worth it on ${dataset}?`, [
      `<h1>Is pre-training worth it on ${escapeHtml(dataset)}?</h1>`,
      `<p class="soft">${labels} labels, ${draws} paired draws, ${result.trainRows} unlabelled rows, ${result.testRows} test rows.</p>`,
      `<p class="found">${escapeHtml(verdict(others, labels))}</p>`,
      figure(
        gains,
        'Gain over training from scratch on the same draws, with its 95 % interval. Left of the line is a loss.',
      ),
      table(
        [
          'arm',
          'test accuracy',
          'gain over scratch [95 %]',
          'p, Holm-corrected',
          'chosen on validation rows',
        ],
        rows,
      ),
      howSection(run),
    ]),
  );
}

function verdict(others: ComparisonResult['arms'], labels: number): string {
  const best = others.reduce((top, arm) => (arm.gain.mean > top.gain.mean ? arm : top));
  const { mean, low, high } = best.gain;
  return low > 0
    ? `${best.arm} gains ${points(mean)} points over training from scratch (95 % interval ${points(low)} to ${points(high)}).`
    : `No arm is surely better than training from scratch with ${labels} labels: the best, ${best.arm}, gains ${points(mean)} points, but its 95 % interval holds 0.`;
}

function points(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;
}
