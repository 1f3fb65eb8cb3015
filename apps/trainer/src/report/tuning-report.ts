import { guidesTable, principalComponents } from '@warmstart/guided-tl';
import { seededRandom } from '@warmstart/random';
import type { HostTensor, StateDict } from '@warmstart/shapes';
import type { Part } from '../data/encode-rows.js';
import type { Preparation } from '../data/preparation.js';
import { answeredRows, scoreOf, softmax } from '../method/score.js';
import { takeRows } from '../method/take-rows.js';
import { featuresOf, outputsOf, type TunedModel } from '../method/tuned-model.js';
import type { Run } from '../runs/run.js';
import { escapeHtml, figure, htmlPage } from './html-page.js';
import { curvesSection, howSection, scoresTable } from './run-sections.js';
import {
  agreementChart,
  calibrationChart,
  confusionTable,
  type ScatterPoint,
  scatterChart,
} from './tuning-charts.js';

type Answer = NonNullable<Preparation['answer']>;

/** What a report of a tuned model shows. */
export interface TuningReport {
  title: string;
  result: { dataset: string; labels?: unknown };
  model: TunedModel;
  /** The rows it is judged on. */
  part: Part;
  partName: string;
  answer: Answer;
  /** What scaled the updates of the encoder, under its keys. */
  guides?: StateDict;
}

/** Writes the report of a model on some rows: scores, confusion, calibration, a map of its features. */
export async function writeTuningReport(run: Run, report: TuningReport): Promise<void> {
  const { title, result, model, part, partName, answer, guides } = report;
  const rows = takeRows(part, answeredRows(part, answer));
  const outputs = await outputsOf(model, rows, answer);
  const scores = scoreOf(outputs, rows.answers, answer);
  const [first] = Object.entries(scores);
  const labels = result.labels === undefined ? '' : `, learned from ${String(result.labels)} labelled rows`;
  const found = first
    ? `${first[0]} ${first[1].toFixed(4)} on ${rows.rowCount} ${partName} rows.`
    : 'No row here has an answer.';
  run.folder.write(
    'report.html',
    htmlPage(`${title}: ${result.dataset}`, [
      `<h1>${escapeHtml(`${title}: ${answer.column} of ${result.dataset}`)}</h1>`,
      `<p class="soft">${escapeHtml(answer.kind === 'classes' ? `${answer.classNames.length} classes${labels}` : `a number to predict${labels}`)}</p>`,
      `<p class="found">${escapeHtml(found)}</p>`,
      ...(rows.rowCount > 0
        ? [`<h2>Scores on ${partName} rows</h2>`, scoresTable(scores), answersSection(outputs, rows, answer)]
        : []),
      curvesSection(run),
      ...(guides ? [guidesSection(guides)] : []),
      ...(rows.rowCount > 2 ? [await mapSection(model, rows, answer)] : []),
      howSection(run),
    ]),
  );
}

function answersSection(outputs: HostTensor, { answers, rowCount }: Part, answer: Answer): string {
  if (answer.kind === 'number') {
    const pairs = Array.from({ length: rowCount }, (_, row) => ({
      truth: answers[row] as number,
      predicted: outputs.data[row] as number,
    }));
    return figure(
      agreementChart(pairs, answer.column),
      'Predicted against true; on the dashed line a prediction is exact.',
    );
  }
  const { counts, bins } = judge(softmax(outputs), answers, answer.classNames.length);
  const confusion =
    answer.classNames.length <= 30
      ? `<h2>Which classes are taken for which</h2>${confusionTable(counts, answer.classNames)}`
      : '';
  return `${confusion}<h2>Can its confidence be believed?</h2>
${figure(calibrationChart(bins), 'How often predictions are right, by how sure the model is; larger dots stand for more rows. Above the dashed line it is too modest, below it too sure.')}`;
}

const binCount = 10;

/** Counts of true by predicted class, and how often each confidence is right. */
export function judge(probabilities: ArrayLike<number>, answers: ArrayLike<number>, classCount: number) {
  const counts = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  const bins = Array.from({ length: binCount }, () => ({ confidence: 0, right: 0, count: 0 }));
  for (let row = 0; row < answers.length; row++) {
    let best = 0;
    for (let label = 1; label < classCount; label++) {
      if (
        (probabilities[row * classCount + label] as number) >
        (probabilities[row * classCount + best] as number)
      )
        best = label;
    }
    const confidence = probabilities[row * classCount + best] as number;
    const truth = answers[row] as number;
    const line = counts[truth] as number[];
    line[best] = (line[best] as number) + 1;
    const bin = bins[Math.min(binCount - 1, Math.floor(confidence * binCount))] as (typeof bins)[number];
    bin.confidence += confidence;
    bin.right += best === truth ? 1 : 0;
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

function guidesSection(guides: StateDict): string {
  return `<h2>Guide values per layer</h2>
<p>Each weight of the encoder went so much of its usual way: 1 as usual, 0 not at all, above 1 further. The head has no guides.</p>
<div class="scroll guides">${guidesTable(guides)}</div>`;
}

const mostPoints = 1500;

/** The two directions in which the features of the rows vary most. */
async function mapSection(model: TunedModel, rows: Part, answer: Answer): Promise<string> {
  const some = takeRows(
    rows,
    Array.from({ length: Math.min(mostPoints, rows.rowCount) }, (_, row) => row),
  );
  const { data, shape } = await featuresOf(model, some);
  const [rowCount = 0, width = 0] = shape;
  const map = principalComponents({ data, shape: [rowCount, width] }, 2, seededRandom(0, 'map'));
  const across = map.shape[1];
  if (across < 2) return '';
  const points: ScatterPoint[] = Array.from({ length: rowCount }, (_, row) => ({
    x: map.data[row * across] as number,
    y: map.data[row * across + 1] as number,
    group: answer.kind === 'classes' ? (some.answers[row] as number) : -1,
  }));
  const chart = scatterChart(points, answer.kind === 'classes' ? answer.classNames : [], {
    x: 'first component',
    y: 'second component',
  });
  return `<h2>A map of the rows</h2>${figure(chart, `What the encoder makes of ${rowCount} rows, in the two directions in which they differ most; a dot is a row, coloured by its true class.`)}`;
}
