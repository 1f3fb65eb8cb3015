import { histograms, intervalChart, lineChart, type Series } from '../report/charts.js';
import { escapeHtml, figure, htmlPage, table } from '../report/html-page.js';
import type { Environment } from '../runs/environment.js';
import type { Recipe } from './recipe.js';
import type { ArmResult, QuickstartResult } from './result.js';
import { armLabel, percent, points } from './verdict.js';

/** Everything the report shows. */
export interface QuickstartReport {
  recipe: Recipe;
  result: QuickstartResult;
  pretrainCurve: readonly { step: number; loss: number }[];
  /** Guide values of each weight tensor, in the model's order. */
  guides: readonly { name: string; values: ArrayLike<number> }[];
  /** Mean test accuracy by number of steps, of each arm that trains the encoder. */
  courses: readonly { name: string; course: readonly { steps: number; accuracy: number }[] }[];
  environment: Environment;
  command: string;
}

/** The report of one quickstart: one HTML file that opens anywhere and needs nothing. */
export function quickstartReport(report: QuickstartReport): string {
  const { recipe, result } = report;
  return htmlPage(`Warmstart quickstart: ${result.dataset}`, [
    `<h1>${escapeHtml(result.dataset)}: ${escapeHtml(recipe.task)}</h1>`,
    `<p class="soft">${dataLine(result)}</p>`,
    `<p class="found">${escapeHtml(result.found)}</p>`,
    comparisonSection(report),
    pretrainingSection(report),
    guidesSection(report),
    howSection(report),
  ]);
}

function dataLine({ origin, rows, distinctRows, labels, seeds, backend, seconds }: QuickstartResult): string {
  return escapeHtml(
    `${rows} rows (${origin}), ${distinctRows} of them distinct; ${labels} labels, ${seeds} paired draws; ` +
      `backend ${backend}; ${seconds.toFixed(0)} s of computing.`,
  );
}

function comparisonSection({ result, courses }: QuickstartReport): string {
  const rows: ArmResult<string>[] = [result.reference, ...result.arms];
  const interval = (arm: ArmResult<string>, of: 'accuracy' | 'gainOverScratch') => ({
    name: armLabel(arm.name),
    ...arm[of],
  });
  const cells = rows.map((arm) => [
    armLabel(arm.name),
    `${percent(arm.accuracy.mean)} [${percent(arm.accuracy.low)}, ${percent(arm.accuracy.high)}]`,
    arm.rocAuc.mean.toFixed(3),
    arm.name === 'scratch' ? '' : gainText(arm),
    Object.entries(arm.chosen)
      .map(([name, value]) => `${settingName(name)} ${value}`)
      .join(', '),
  ]);
  const accuracies = intervalChart(
    rows.map((arm) => interval(arm, 'accuracy')),
    'test accuracy (%)',
    false,
  );
  const gains = intervalChart(
    rows.filter(({ name }) => name !== 'scratch').map((arm) => interval(arm, 'gainOverScratch')),
    'gain over scratch (points)',
    true,
  );
  const lines = courses.map(({ name, course }) => ({
    name: shortLabel(name),
    points: course.map(({ steps, accuracy }) => ({ x: steps, y: 100 * accuracy })),
  }));
  const progress = lineChart(lines, { x: 'steps', y: 'test accuracy (%)' });
  return `<h2>The comparison</h2>
${figure(accuracies, `Test accuracy with ${result.labels} labels, mean and 95 % interval over ${result.seeds} draws of labels.`)}
${figure(gains, 'Gain over training from scratch on the same draw of labels, with its 95 % interval. Left of the line is a loss.')}
${figure(progress, 'Test accuracy while fine-tuning, at the learning rate that validation data chose for each arm; mean over draws.')}
${table(['arm', 'accuracy [95 %]', 'ROC AUC', 'gain over scratch [95 %]', 'chosen on validation data'], cells)}`;
}

function shortLabel(name: string): string {
  return (
    { scratch: 'scratch', finetune: 'fine-tuned', guided: 'guided', 'guided-shuffled': 'shuffled' }[name] ??
    name
  );
}

function gainText({ gainOverScratch: { mean, low, high } }: ArmResult<string>): string {
  return `${points(mean)} [${points(low)}, ${points(high)}]`;
}

function settingName(name: string): string {
  return { learningRate: 'rate', steps: 'steps', l2: 'L2' }[name] ?? name;
}

function pretrainingSection({ pretrainCurve, result, recipe }: QuickstartReport): string {
  const { maskedLossBefore, maskedLossAfter, baselineLoss, rows } = result.pretrain;
  const series: Series = {
    name: 'masked loss',
    points: pretrainCurve.map(({ step, loss }) => ({ x: step, y: loss })),
  };
  const baseline = { name: 'rebuilding by the mean', y: baselineLoss };
  const chart = lineChart([series], { x: 'step', y: 'loss on hidden values' }, baseline);
  return `<h2>Pre-training by masking</h2>
<p>Half of each row is hidden, ${recipe.groupSize > 1 ? `${recipe.groupSize} columns that are one thing together` : 'column by column'},
and rebuilt from the rest. ${rows} rows, no labels. On fixed masks over rows kept aside the loss went from
${maskedLossBefore.toFixed(3)} to ${maskedLossAfter.toFixed(3)}; rebuilding every hidden value by what is most usual costs ${baselineLoss.toFixed(3)}.</p>
${figure(chart, 'Loss on hidden values while pre-training; the dashed line is what knowing only the averages reaches.')}`;
}

function guidesSection({ guides, result }: QuickstartReport): string {
  const { formula, scouts, rejected, reliability, effectiveShare, gainOverShuffled } = result.guides;
  const cells = guides.map(({ name, values }) => {
    const sorted = Float64Array.from(values as Float32Array).sort();
    const at = (share: number) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number).toPrecision(3);
    return [name, String(sorted.length), at(0.1), at(0.5), at(0.9), at(1)];
  });
  return `<h2>Guide values per layer</h2>
<p>${scouts} scouts (${rejected} rejected) learned easier sub-problems; ${escapeHtml(formula)}. How well one half of the scouts
agrees with the other (rank correlation): ${reliability.toFixed(2)}. Share of the weights that effectively stay free:
${percent(effectiveShare)}. Guided against its own shuffled guides: ${points(gainOverShuffled.mean)} points
[${points(gainOverShuffled.low)}, ${points(gainOverShuffled.high)}].</p>
${figure(histograms(guides, 'guide value'), 'How the guide values of each layer are spread: 1 moves as usual, 0 is frozen.')}
${table(['tensor', 'weights', '10 % below', 'median', '90 % below', 'largest'], cells)}`;
}

function howSection({ command, environment }: QuickstartReport): string {
  const { kernels: _kernels, ...facts } = environment;
  return `<h2>How this was made</h2>
<pre>${escapeHtml(command)}</pre>
${table(
  ['what', 'value'],
  Object.entries(facts).map(([name, value]) => [name, String(value)]),
)}`;
}
