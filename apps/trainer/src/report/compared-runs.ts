import { join } from 'node:path';
import { foundText } from '../runs/found-text.js';
import { readEvents } from '../runs/run-events.js';
import { lineChart, type Series } from './charts.js';
import { figure, htmlPage, table } from './html-page.js';

/** A finished run and what it found. */
export interface ComparedRun {
  folder: string;
  result: Readonly<Record<string, unknown>>;
}

/** Several runs on one page: their courses over each other, their scores and settings side by side. */
export function comparedRunsPage(runs: readonly ComparedRun[]): string {
  const losses = seriesOf(runs, (event) => (event.type === 'step-end' ? Number(event.loss) : undefined));
  const accuracies = seriesOf(runs, (event) => {
    const value = (event.metrics as Record<string, number> | undefined)?.accuracy;
    return event.type === 'evaluation-end' ? value : undefined;
  });
  return htmlPage(`${runs.length} runs compared`, [
    `<h1>${runs.length} runs compared</h1>`,
    `<h2>What they found</h2>${table(
      ['run', 'command', 'data', 'found'],
      runs.map(({ folder, result }) => [
        folder,
        String(result.command ?? 'quickstart'),
        String(result.dataset),
        foundText(result),
      ]),
    )}`,
    ...(losses.length > 0
      ? [
          `<h2>Training loss</h2>${figure(lineChart(losses, { x: 'step', y: 'loss' }), 'Training loss of each run by step.')}`,
        ]
      : []),
    ...(accuracies.length > 0
      ? [
          `<h2>Accuracy on validation rows</h2>${figure(lineChart(accuracies, { x: 'step', y: 'accuracy' }), 'Accuracy of each run by step.')}`,
        ]
      : []),
    differences(runs),
  ]);
}

function seriesOf(
  runs: readonly ComparedRun[],
  valueIn: (event: Record<string, unknown>) => number | undefined,
): Series[] {
  return runs.flatMap(({ folder }) => {
    const points = readEvents(join(folder, 'events.jsonl')).flatMap((event) => {
      const y = valueIn(event);
      return y === undefined || !Number.isFinite(y) ? [] : [{ x: Number(event.step), y }];
    });
    return points.length > 1 ? [{ name: folder.split('/').filter(Boolean).slice(-2).join('/'), points }] : [];
  });
}

/** Every number and word that is not the same in all runs. */
function differences(runs: readonly ComparedRun[]): string {
  const flat = runs.map(({ result }) => flatten(result));
  const names = [...new Set(flat.flatMap((values) => Object.keys(values)))];
  const differing = names.filter((name) => new Set(flat.map((values) => values[name])).size > 1);
  const rows = differing.map((name) => [name, ...flat.map((values) => values[name] ?? '')]);
  return `<h2>Where they differ</h2>${table(['what', ...runs.map(({ folder }) => folder)], rows)}`;
}

function flatten(value: Readonly<Record<string, unknown>>, prefix = ''): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (Array.isArray(inner)) continue;
    if (typeof inner === 'object' && inner !== null)
      Object.assign(flat, flatten(inner as Record<string, unknown>, `${prefix}${key}.`));
    else
      flat[prefix + key] =
        typeof inner === 'number' && !Number.isInteger(inner) ? inner.toPrecision(5) : String(inner);
  }
  return flat;
}
