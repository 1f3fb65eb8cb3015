import type { ComparedArm, Comparison, Rows } from '@warmstart/transfer';
import type { Run } from '../runs/run.js';
import { intervalChart } from './charts.js';
import type { Chart } from './drawing.js';
import { escapeHtml, figure, htmlPage, table } from './html-page.js';
import { howSection } from './run-sections.js';

const labels: Readonly<Record<string, string>> = {
  linear: 'linear regression on the columns',
  scratch: 'from scratch',
  frozen: 'frozen encoder, linear head',
  finetune: 'fine-tuned encoder',
  guided: 'guided fine-tuning',
  'guided-shuffled': 'guided, guides shuffled (control)',
  auto: 'what finetune chooses by itself',
};

/** What an arm is called in tables and charts. */
export function armLabel(name: string): string {
  return labels[name] ?? name;
}

/** Writes the report of a comparison: each arm's score and its paired gain over the reference. */
export function writeComparisonReport(run: Run, { rows, found }: { rows: Rows; found: Comparison }): void {
  const { headline, reference, arms, best } = found;
  const others = arms.filter(({ name }) => name !== reference);
  const cells = arms.map((arm) => [
    `${armLabel(arm.name)}${arm === best ? ' *' : ''}`,
    intervalText(arm.scores[headline]),
    arm.name === reference ? '' : intervalText(arm.gains[headline], true),
    arm.name === reference ? '' : arm.chance.toFixed(3),
    arm.judgedLoss.toFixed(3),
  ]);
  const gains = gainsChart(others, found);
  const title = `Is pre-training worth it on ${rows.name}?`;
  run.folder.write(
    'report.html',
    htmlPage(title, [
      `<h1>${escapeHtml(title)}</h1>`,
      `<p class="soft">${found.labels} labels, ${found.drawCount} paired draws. The labelled rows of a draw choose each arm’s settings by cross-validation; test rows only score.</p>`,
      `<p class="found">${escapeHtml(verdict(others, found))}</p>`,
      figure(
        gains,
        `Gain over ${armLabel(reference)} on the same draws, with its 95 % interval. Left of the line is a loss.`,
      ),
      table(
        [
          'arm',
          `${headline} on test rows [95 %]`,
          `gain over ${armLabel(reference)} [95 %]`,
          'p, Holm-corrected',
          'loss on labelled rows held out',
        ],
        cells,
      ),
      '<p class="soft">* has the least loss on labelled rows held out: the arm to keep, chosen without test rows.</p>',
      howSection(run),
    ]),
  );
}

function gainsChart(others: readonly ComparedArm[], { headline, reference }: Comparison): Chart {
  return intervalChart(
    others.flatMap(({ name, gains }) => {
      const gain = gains[headline];
      return gain ? [{ name: armLabel(name), ...gain }] : [];
    }),
    `gain in ${headline} over ${armLabel(reference)} (hundredths)`,
    true,
  );
}

function verdict(
  others: readonly ComparedArm[],
  { headline, reference, best, labels: count }: Comparison,
): string {
  const gainOf = (arm: ComparedArm) => arm.gains[headline]?.mean ?? Number.NEGATIVE_INFINITY;
  const [first, ...rest] = others;
  if (!first) return `Only ${armLabel(reference)} was measured.`;
  const top = rest.reduce((known, arm) => (gainOf(arm) > gainOf(known) ? arm : known), first);
  const gain = top.gains[headline];
  const chosen = `The labelled rows choose: ${armLabel(best.name)}.`;
  return gain && gain.low > 0
    ? `${armLabel(top.name)} gains ${intervalText(gain, true)} in ${headline} over ${armLabel(reference)}. ${chosen}`
    : `No arm is surely better than ${armLabel(reference)} with ${count} labels: the best, ${armLabel(top.name)}, gains ${intervalText(gain, true)}, an interval that holds 0. ${chosen}`;
}

function intervalText(
  interval: { mean: number; low: number; high: number } | undefined,
  isSigned = false,
): string {
  if (!interval) return '';
  const shown = (value: number) =>
    `${isSigned && value >= 0 ? '+' : ''}${value.toFixed(3)}`.replace('-', '−');
  const { mean, low, high } = interval;
  return Number.isFinite(low) ? `${shown(mean)} [${shown(low)}, ${shown(high)}]` : shown(mean);
}
