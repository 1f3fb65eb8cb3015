import { stringify } from 'yaml';
import type { Run } from '../runs/run.js';
import { type RunEvent, readEvents } from '../runs/run-events.js';
import { lineChart, type Series } from './charts.js';
import { escapeHtml, figure, table } from './html-page.js';

/** A loss to hold a curve against. */
export interface Baseline {
  name: string;
  y: number;
}

/** The losses of a pre-training, from its events: of training rows, and of validation rows beside the baseline of these. */
export function lossSection(run: Run, baseline: Baseline): string {
  const events = readEvents(run.folder.file('events.jsonl'));
  const training = pointsOf(events, 'step-end', ({ loss }) => loss);
  const validation = pointsOf(events, 'evaluation-end', ({ metrics }) => metricIn(metrics, 'maskedLoss'));
  const series: Series[] = [
    { name: 'training', points: training },
    { name: 'validation', points: validation },
  ].filter(({ points }) => points.length > 1);
  if (series.length === 0) return '';
  const chart = lineChart(series, { x: 'step', y: 'loss on hidden values' }, baseline);
  return `<h2>Loss by step</h2>${figure(chart, 'Loss on hidden values of training rows and of validation rows; the dashed line is the baseline on validation rows.')}`;
}

/** The trials of a search, from its events: the loss of labelled rows that a trial did not learn from, mean over folds. */
export function trialsSection(run: Run, baseline: Baseline | undefined): string {
  const series = trialSeries(readEvents(run.folder.file('events.jsonl')));
  if (series.length === 0) return '';
  const chart = lineChart(series, { x: 'step', y: 'loss on labelled rows held out' }, baseline);
  return `<h2>How rate and steps were chosen</h2>${figure(chart, 'Loss on labelled rows that were held out, by training step; a line for each way and learning rate, mean over folds. The lowest point is chosen.')}`;
}

/** Everything needed to do it again: the command, the settings, what it ran on. */
export function howSection(run: Run): string {
  const config = run.folder.readJson('config.json') as Record<string, unknown>;
  const environment = run.folder.readJson('environment.json') as Record<string, unknown>;
  const { kernels: _, ...facts } = environment;
  const rows = Object.entries(facts).map(([name, value]) => [name, String(value)]);
  return `<h2>How this was made</h2>
<pre>warmstart ${escapeHtml(run.command)} --config config.json</pre>
<p class="soft">with config.json of the run’s folder:</p>
<pre>${escapeHtml(stringify(config).trimEnd())}</pre>
${table(['what', 'value'], rows)}`;
}

/** Scores as a table of names and values, beside those of a baseline where there are any. */
export function scoresTable(
  scores: Readonly<Record<string, number>>,
  baseline: { name: string; scores: Readonly<Record<string, number>> } | undefined,
): string {
  const header = ['score', 'value', ...(baseline ? [baseline.name] : [])];
  const rows = Object.entries(scores).map(([name, value]) => [
    name,
    value.toFixed(4),
    ...(baseline ? [baseline.scores[name]?.toFixed(4) ?? ''] : []),
  ]);
  return table(header, rows);
}

function pointsOf(
  events: readonly RunEvent[],
  type: string,
  numberIn: (event: RunEvent) => unknown,
): { x: number; y: number }[] {
  return events.flatMap((event) => {
    const y = event.type === type ? numberIn(event) : undefined;
    return typeof y === 'number' && Number.isFinite(y) ? [{ x: Number(event.step), y }] : [];
  });
}

function metricIn(metrics: unknown, name: string): unknown {
  return typeof metrics === 'object' && metrics !== null
    ? (metrics as Record<string, unknown>)[name]
    : undefined;
}

/** Steps of a trial count from its beginning; trials that differ only in their fold are one line. */
function trialSeries(events: readonly RunEvent[]): Series[] {
  const beganAt = new Map<string, number>();
  const lines = new Map<string, Map<number, number[]>>();
  for (const event of events) {
    const trial = String(event.trial ?? '');
    if (event.type === 'trial-start') beganAt.set(trial, Number(event.step));
    const loss = event.type === 'evaluation-end' ? metricIn(event.metrics, 'heldOutLoss') : undefined;
    if (typeof loss !== 'number' || !Number.isFinite(loss)) continue;
    const name = trial.replace(/ fold \d+$/, '');
    const step = Number(event.step) - (beganAt.get(trial) ?? 0);
    const line = lines.get(name) ?? new Map<number, number[]>();
    line.set(step, [...(line.get(step) ?? []), loss]);
    lines.set(name, line);
  }
  return [...lines].flatMap(([name, line]) => {
    const points = [...line].map(([x, losses]) => ({
      x,
      y: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
    }));
    return points.length > 1 ? [{ name, points: points.sort((a, b) => a.x - b.x) }] : [];
  });
}
