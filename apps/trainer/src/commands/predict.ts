import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, type WriteStream } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Model, Rows } from '@warmstart/transfer';
import type { Command } from 'commander';
import { startEngine } from '../engine.js';
import { openPredictor } from '../models/open-predictor.js';
import { csvHeader, type PredictionFormat, predictionLines } from '../models/prediction-lines.js';
import { printEngine } from '../runs/print-engine.js';
import { lockRun } from '../runs/run-lock.js';
import type { Settings } from '../settings/project.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import { addDataFlags, addRunFlags, type RunFlags } from '../settings/run-flags.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

export function configure(command: Command, terminal: Terminal): void {
  command.argument('<model>', 'the model.safetensors of a finetune run');
  const out = { what: 'a .csv or .jsonl file, or a folder', defaultOut: 'standard output' };
  addDataFlags(addRunFlags(command, out))
    .option('--weights <file>', 'the weights of its published network, where they were moved')
    .addHelpText(
      'after',
      `
New rows need the columns the model learned from, in any order; a label is not needed. Prints CSV, with --json one
JSON object a row: the prediction and the probability of each class.

Examples:
  warmstart predict model.safetensors --data new.csv
  warmstart predict model.safetensors --data new-photos/ --out predictions.jsonl`,
    )
    .action((file: string, words: string[], flags: RunFlags) => run(file, words, flags, terminal));
}

async function run(
  file: string,
  words: readonly string[],
  flags: RunFlags,
  terminal: Terminal,
): Promise<void> {
  const settings = await resolveSettings('predict', { config: flags.config, overrides: words, flags });
  if (flags.label !== undefined) {
    throw new UsageError(
      'predict: the label is what is predicted, so --label is not taken. To score rows that have one: warmstart evaluate.',
    );
  }
  const target = flags.out === undefined ? undefined : targetOf(flags.out, flags.json);
  if (flags.resume && isDone(target, terminal)) return;
  printEngine(await startEngine(settings.backend), terminal);
  const { model, openLike } = await openPredictor(file, flags.weights as string | undefined, terminal);
  try {
    const rows = await openLike(settings);
    const format = flags.json || target?.endsWith('.jsonl') === true ? 'jsonl' : 'csv';
    const texts = predictions(model, rows, { format, settings, terminal });
    if (target === undefined) {
      for await (const text of texts) terminal.out(text.replace(/\n$/, ''));
      return;
    }
    const rowCount = await writeWhole(target, texts).then(() => rows.rowCount);
    const result = { command: 'predict', model: file, rows: rowCount, predictions: target };
    terminal.out(
      flags.json ? JSON.stringify(result) : `${rowCount} rows of ${rows.name} predicted: ${target}`,
    );
  } finally {
    model.dispose();
  }
}

/** A file that is there is whole. @throws UsageError if there is nothing to resume */
function isDone(target: string | undefined, terminal: Terminal): boolean {
  if (target !== undefined && existsSync(target)) {
    terminal.note(`${target}: all rows were predicted before; nothing is left to do`);
    return true;
  }
  throw new UsageError(
    `predict: --resume needs predictions in ${target ?? '--out'}, got none. Predictions are written whole: leave --resume out to make them.`,
  );
}

/** Some thousand rows at a time, so that files of any size fit. */
async function* predictions(
  model: Model,
  rows: Rows,
  work: { format: PredictionFormat; settings: Settings<'predict'>; terminal: Terminal },
): AsyncGenerator<string, void, undefined> {
  const { format, settings, terminal } = work;
  const { unknown } = settings;
  const { signal, note } = terminal;
  const { output } = model.card;
  const names = rows.rowNames;
  if (format === 'csv') yield csvHeader(output, names !== undefined);
  let first = 0;
  const onNote = (line: string) => {
    if (!rows.notes.includes(line)) note(line);
  };
  for await (const block of model.predictBlocks(rows, { unknown, signal, onNote })) {
    yield predictionLines(block, { format, first, names });
    first += block.rowCount;
  }
}

function targetOf(out: string, json: boolean): string {
  return /^\.(csv|jsonl)$/.test(extname(out))
    ? out
    : join(out, json ? 'predictions.jsonl' : 'predictions.csv');
}

/** Whole or not at all, and by one process at a time. */
async function writeWhole(target: string, texts: AsyncIterable<string>): Promise<void> {
  const folder = dirname(target);
  mkdirSync(folder, { recursive: true });
  const release = lockRun(folder);
  const part = `${target}.part`;
  try {
    const stream = createWriteStream(part, { flush: true });
    await writeAll(stream, texts);
    renameSync(part, target);
  } finally {
    rmSync(part, { force: true });
    release();
  }
}

async function writeAll(stream: WriteStream, texts: AsyncIterable<string>): Promise<void> {
  const closed = finished(stream);
  closed.catch(() => {}); // reported where it is awaited
  try {
    for await (const text of texts) {
      if (stream.errored) break;
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), closed]);
    }
  } catch (error) {
    stream.destroy();
    throw error;
  }
  stream.end();
  await closed;
}
