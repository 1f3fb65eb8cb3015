import { guidesTable, principalComponents } from '@warmstart/guided-tl';
import { seededRandom } from '@warmstart/random';
import {
  type Model,
  meantOutputs,
  type PreparedRows,
  prepareRows,
  type Rows,
  softmax,
  takeRows,
} from '@warmstart/transfer';
import type { Run } from '../runs/run.js';
import { escapeHtml, figure, htmlPage } from './html-page.js';
import { howSection, scoresTable, trialsSection } from './run-sections.js';
import {
  agreementChart,
  calibrationChart,
  classTable,
  confusionTable,
  type ScatterPoint,
  scatterChart,
} from './tuning-charts.js';

/** What a report of a model shows. */
export interface TuningReport {
  title: string;
  model: Model;
  rows: Rows;
  /** The rows that it is judged on, by number, ascending. */
  judged: Uint32Array;
  /** What these are called: `test`, or `unseen`. */
  judgedName: string;
  /** On these rows. */
  scores: Readonly<Record<string, number>>;
  /** Scores of knowing only the class shares, or the mean, on the same rows. */
  baseline?: Readonly<Record<string, number>>;
  /** What scaled the updates of the encoder, under its keys. */
  guides?: Parameters<typeof guidesTable>[0];
}

/** Rows that a page shows at most: more of them change no picture. */
const mostRows = 20_000;

/** Writes the report of a model on some rows: scores, confusion, calibration, a map of its features. */
export async function writeTuningReport(run: Run, report: TuningReport): Promise<void> {
  const { title, model, rows, judgedName, judged, scores, baseline, guides } = report;
  const { output, labels } = model.card;
  const shown = thinned(judged, mostRows);
  const prepared = await prepareRows(rows, model.card.input, shown);
  const lossName = output.kind === 'classes' ? 'logLoss' : undefined;
  const level = lossName === undefined ? 1 : baseline?.[lossName];
  const classes = output.kind === 'classes' ? `${output.classNames.length} classes` : 'a number to predict';
  run.folder.write(
    'report.html',
    htmlPage(`${title}: ${rows.name}`, [
      `<h1>${escapeHtml(`${title}: ${output.column} of ${rows.name}`)}</h1>`,
      `<p class="soft">${escapeHtml(`${classes}, learned from ${labels} labelled rows`)}</p>`,
      `<p class="found">${escapeHtml(foundText(report))}</p>`,
      ...(judged.length > 0
        ? [
            `<h2>Scores on ${judgedName} rows</h2>`,
            scoresTable(scores, baseline && { name: baselineName(output.kind), scores: baseline }),
            await answersSection(model, prepared),
          ]
        : []),
      trialsSection(run, level === undefined ? undefined : { name: 'baseline', y: level }),
      ...(guides ? [guidesSection(guides)] : []),
      ...(prepared.rowCount > 2 ? [await mapSection(model, prepared)] : []),
      howSection(run),
    ]),
  );
}

function baselineName(kind: 'classes' | 'number'): string {
  return kind === 'classes' ? 'knowing only class shares' : 'knowing only the mean';
}

/** The score that says most, beside the same of the baseline. */
function foundText({ scores, baseline, judged, judgedName, model }: TuningReport): string {
  const [first] = Object.entries(scores);
  if (!first) return 'No row here has a label.';
  const [name, value] = first;
  const against = baseline?.[name];
  const { kind } = model.card.output;
  const beside = against === undefined ? '' : ` (${baselineName(kind)}: ${against.toFixed(4)})`;
  return `${name} ${value.toFixed(4)} on ${judged.length} ${judgedName} rows${beside}.`;
}

function thinned(rows: Uint32Array, most: number): Uint32Array {
  if (rows.length <= most) return rows;
  return Uint32Array.from({ length: most }, (_, at) => rows[Math.floor((at * rows.length) / most)] as number);
}

async function answersSection(model: Model, prepared: PreparedRows): Promise<string> {
  const { output } = model.card;
  const outputs = await model.outputsOf(prepared);
  const meant = meantOutputs(outputs, output);
  if (output.kind === 'number') {
    const pairs = Array.from({ length: prepared.rowCount }, (_, row) => ({
      truth: prepared.outputs[row] as number,
      predicted: meant.data[row] as number,
    }));
    return figure(
      agreementChart(pairs, output.column),
      'Predicted against true; on the dashed line a prediction is exact.',
    );
  }
  const { counts, bins } = judge(softmax(meant), prepared.outputs, output.classNames.length);
  return `<h2>Which classes are taken for which</h2>${confusionTable(counts, output.classNames)}${classTable(counts, output.classNames)}
<h2>Can its confidence be believed?</h2>
${figure(calibrationChart(bins), 'How often predictions are right, by how sure the model is; larger dots stand for more rows. Above the dashed line it is too modest, below it too sure.')}`;
}

const binCount = 10;

/** Counts of true by predicted class, and how often each confidence is right. */
export function judge(probabilities: ArrayLike<number>, truth: ArrayLike<number>, classCount: number) {
  const counts = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  const bins = Array.from({ length: binCount }, () => ({ confidence: 0, right: 0, count: 0 }));
  for (let row = 0; row < truth.length; row++) {
    const at = (label: number) => probabilities[row * classCount + label] as number;
    let best = 0;
    for (let label = 1; label < classCount; label++) if (at(label) > at(best)) best = label;
    const line = counts[truth[row] as number] as number[];
    line[best] = (line[best] as number) + 1;
    const bin = bins[Math.min(binCount - 1, Math.floor(at(best) * binCount))] as (typeof bins)[number];
    bin.confidence += at(best);
    bin.right += best === truth[row] ? 1 : 0;
    bin.count++;
  }
  const filled = bins.filter(({ count }) => count > 0);
  return {
    counts,
    bins: filled.map(({ confidence, right, count }) => ({
      confidence: confidence / count,
      right: right / count,
      count,
    })),
  };
}

function guidesSection(guides: Parameters<typeof guidesTable>[0]): string {
  return `<h2>Guide values per layer</h2>
<p>The update of each weight of the encoder was multiplied by its guide value: 1 leaves it as it is, 0 freezes the weight. The head has no guides.</p>
<div class="guides">${guidesTable(guides)}</div>`;
}

const mostPoints = 1500;

/** The two directions in which the features of the rows vary most. */
async function mapSection(model: Model, prepared: PreparedRows): Promise<string> {
  const { output } = model.card;
  const every = Uint32Array.from({ length: prepared.rowCount }, (_, row) => row);
  const some = takeRows(prepared, thinned(every, mostPoints));
  const { data, shape } = await model.featuresOf(some);
  const [rowCount = 0, width = 0] = shape;
  const map = principalComponents(
    { data: Float32Array.from(data), shape: [rowCount, width] },
    2,
    seededRandom(0, 'map'),
  );
  const across = map.shape[1];
  if (across < 2) return '';
  const isClasses = output.kind === 'classes';
  const points: ScatterPoint[] = Array.from({ length: rowCount }, (_, row) => ({
    x: map.data[row * across] as number,
    y: map.data[row * across + 1] as number,
    group: isClasses ? (some.outputs[row] as number) : -1,
    ...(isClasses ? {} : { value: some.outputs[row] as number }),
  }));
  const axes = { x: 'first component', y: 'second component', value: output.column };
  const chart = scatterChart(points, isClasses ? output.classNames : [], axes);
  const colour = isClasses ? 'its true class' : `its true ${output.column}`;
  return `<h2>A map of the rows</h2>${figure(chart, `The features of ${rowCount} rows, in the two directions in which they differ most; a dot is a row, coloured by ${colour}.`)}`;
}
