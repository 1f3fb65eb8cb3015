import { stringify } from 'yaml';
import type { Run } from '../runs/run.js';
import { type RunEvent, readEvents } from '../runs/run-events.js';
import { lineChart, type Series } from './charts.js';
import { escapeHtml, figure, table } from './html-page.js';

/** The course of a training run, from its events: the loss, and each score that was measured. */
export function curvesSection(run: Run, level?: { name: string; y: number }): string {
  const events = readEvents(run.folder.file('events.jsonl'));
  const losses = events
    .filter(({ type }) => type === 'step-end')
    .map(({ step, loss }) => ({ x: Number(step), y: Number(loss) }));
  if (losses.length < 2) return '';
  const loss: Series = { name: 'loss', points: losses };
  const charts = [
    figure(lineChart([loss], { x: 'step', y: 'training loss' }, level), 'Training loss by step.'),
  ];
  const scores = scoreSeries(events);
  if (scores.length > 0) {
    charts.push(
      figure(lineChart(scores, { x: 'step', y: 'score' }), 'Scores on validation rows while training.'),
    );
  }
  return `<h2>The course of training</h2>${charts.join('')}`;
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

/** Scores as a table of names and values. */
export function scoresTable(scores: Readonly<Record<string, number>>): string {
  return table(
    ['score', 'value'],
    Object.entries(scores).map(([name, value]) => [name, value.toFixed(4)]),
  );
}

/** Scores between 0 and 1 share an axis; others would flatten them. */
function scoreSeries(events: readonly RunEvent[]): Series[] {
  const shown = ['accuracy', 'macroF1', 'rocAuc', 'rSquared'];
  const evaluations = events.filter(({ type }) => type === 'evaluation-end');
  return shown.flatMap((name) => {
    const points = evaluations.flatMap(({ step, metrics }) => {
      const value = (metrics as Record<string, number> | undefined)?.[name];
      return value === undefined || value === null ? [] : [{ x: Number(step), y: value }];
    });
    return points.length > 1 ? [{ name, points }] : [];
  });
}
