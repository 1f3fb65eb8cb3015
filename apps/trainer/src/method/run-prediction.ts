import { existsSync, mkdirSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { loadNewRows } from '../data/examples.js';
import type { Preparation } from '../data/preparation.js';
import { startEngine } from '../engine.js';
import type { CommandCall } from '../runs/command-run.js';
import { printEngine } from '../runs/print-engine.js';
import { writeWhole } from '../runs/run-folder.js';
import { lockRun } from '../runs/run-lock.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import { readModel } from './model-file.js';
import { answeredRows, scoreOf, softmax } from './score.js';
import { takeRows } from './take-rows.js';
import { outputsOf, savedModel } from './tuned-model.js';

/** One row's prediction, as it is written. */
export interface Prediction {
  row: number;
  /** Of files: which one. */
  file?: string;
  prediction: string | number;
  /** By class name; only of classes. */
  probabilities?: Record<string, number>;
}

/** `warmstart predict`: what a model says of new rows, as CSV or JSON lines. */
export async function runPrediction(file: string, { words, flags, terminal }: CommandCall): Promise<void> {
  const settings = await resolveSettings('predict', { config: flags.config, overrides: words, flags });
  const target = flags.out === undefined ? undefined : targetOf(flags.out, flags.json);
  if (flags.resume && target && existsSync(target)) {
    return terminal.note(`${target}: all rows were predicted before; nothing is left to do`);
  }
  const { weights, card } = await readModel(file, 'tuned', terminal);
  const answer = card.preparation.answer as NonNullable<Preparation['answer']>; // a tuned model has one
  printEngine(await startEngine(settings.backend), terminal);
  const { source, rows, part } =
    card.architecture.kind === 'published'
      ? await (await import('./published-features.js')).newPublishedRows(settings, card, terminal)
      : await loadNewRows(settings, card.preparation);
  const model = savedModel(card.architecture, answer, weights);
  try {
    const outputs = await outputsOf(model, part, answer, terminal.signal);
    const paths = rows.columns.path as string[] | undefined;
    const predictions = predictionsOf(outputs.data, answer, part.rowCount, paths);
    const json = flags.json || target?.endsWith('.jsonl') === true;
    const text = json ? jsonLines(predictions) : csvLines(predictions, answer);
    if (target === undefined) terminal.out(text.trimEnd());
    else {
      write(target, text);
      const result = { command: 'predict', model: file, rows: part.rowCount, predictions: target };
      terminal.out(
        flags.json ? JSON.stringify(result) : `${part.rowCount} rows of ${source.name} predicted: ${target}`,
      );
    }
    const answered = answeredRows(part, answer);
    if (answered.length === 0) return;
    const known = takeRows(part, answered);
    const scores = scoreOf(await outputsOf(model, known, answer), known.answers, answer);
    terminal.note(`${answered.length} of the rows have an answer: ${scoresText(scores)}`);
  } finally {
    model.dispose();
  }
}

function scoresText(scores: Readonly<Record<string, number>>): string {
  return Object.entries(scores)
    .map(([name, value]) => `${name} ${value.toFixed(4)}`)
    .join(', ');
}

function targetOf(out: string, json: boolean): string {
  return /^\.(csv|jsonl)$/.test(extname(out))
    ? out
    : join(out, json ? 'predictions.jsonl' : 'predictions.csv');
}

/** Whole or not at all, and by one process at a time. */
function write(target: string, text: string): void {
  const folder = dirname(target);
  mkdirSync(folder, { recursive: true });
  const release = lockRun(folder);
  try {
    writeWhole(target, text);
  } finally {
    release();
  }
}

function predictionsOf(
  outputs: ArrayLike<number>,
  answer: NonNullable<Preparation['answer']>,
  rowCount: number,
  paths: readonly string[] | undefined,
): Prediction[] {
  const classNames = answer.kind === 'classes' ? answer.classNames : [];
  const probabilities = softmax({ data: outputs, shape: [rowCount, classNames.length || 1] });
  return Array.from({ length: rowCount }, (_, row) => {
    const about = { row: row + 1, ...(paths ? { file: paths[row] as string } : {}) };
    if (answer.kind === 'number') return { ...about, prediction: outputs[row] as number };
    const shares = classNames.map((_, index) => probabilities[row * classNames.length + index] as number);
    const best = shares.indexOf(Math.max(...shares));
    const byName = Object.fromEntries(classNames.map((name, index) => [name, shares[index] as number]));
    return { ...about, prediction: classNames[best] as string, probabilities: byName };
  });
}

function jsonLines(predictions: readonly Prediction[]): string {
  return predictions.map((prediction) => `${JSON.stringify(prediction)}\n`).join('');
}

function csvLines(predictions: readonly Prediction[], answer: NonNullable<Preparation['answer']>): string {
  const classNames = answer.kind === 'classes' ? answer.classNames : [];
  const hasFiles = predictions.some(({ file }) => file !== undefined);
  const header = [
    'row',
    ...(hasFiles ? ['file'] : []),
    'prediction',
    ...classNames.map((name) => `p(${name})`),
  ];
  const rows = predictions.map(({ row, file, prediction, probabilities }) => [
    row,
    ...(hasFiles ? [file ?? ''] : []),
    prediction,
    ...classNames.map((name) => (probabilities?.[name] ?? Number.NaN).toPrecision(6)),
  ]);
  return [header, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
