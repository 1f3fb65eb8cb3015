import { join } from 'node:path';
import { layoutOf, pretrain } from '@warmstart/transfer';
import type { Command } from 'commander';
import { compiling } from '../compiling.js';
import { writePretrainReport } from '../report/pretrain-report.js';
import { type CommandCall, runCommand, type StartedRun } from '../runs/command-run.js';
import { saveSplits } from '../runs/save-splits.js';
import { printLossCurve, trainingProgress } from '../runs/training-progress.js';
import {
  addDataFlags,
  addRunFlags,
  addTrainingFlags,
  type RunFlags,
  rate,
  sizes,
} from '../settings/run-flags.js';
import { openRows } from '../sources/open-rows.js';
import { shownPath } from '../terminal/shown-path.js';
import type { Terminal } from '../terminal/terminal.js';

/** What `warmstart pretrain --json` prints. */
export interface PretrainResult {
  command: 'pretrain';
  dataset: string;
  kind: string;
  origin: string;
  /** That were learned from. */
  rows: number;
  columns: number;
  steps: number;
  seed: number;
  backend: string;
  lossBefore: number;
  lossAfter: number;
  /** Of predicting each column's mean, or the shares of its values. */
  baselineLoss: number;
  skill: number;
  encoder: string;
  report: string;
}

const defaultOut = join('warmstart-runs', 'pretrain');

export function configure(command: Command, terminal: Terminal): void {
  addRunFlags(command, { what: 'the run’s folder', defaultOut });
  addTrainingFlags(addDataFlags(command))
    .option('--mask-ratio <share>', 'share to hide (default: by the kind of data)', rate)
    .option('--hidden <sizes>', "sizes of the encoder's layers (default: 256,128)", sizes)
    .addHelpText(
      'after',
      `
Hides a part of each row and learns to rebuild it from the rest. No labels are used; a label column is left out.

Examples:
  warmstart pretrain --data my.csv --label diagnosis --out runs/mine
  warmstart pretrain --data photos/ --out runs/photos         one folder a class, or none
  warmstart pretrain --data matrix.mtx --out runs/cells       counts of genes
  warmstart pretrain --resume --out runs/mine                 after Ctrl-C or a crash
  warmstart pretrain --config warmstart.yaml steps=500        see warmstart init`,
    )
    .action((words: string[], flags: RunFlags) => run({ words, flags, defaultOut, terminal }));
}

/** An encoder from rows without labels, kept in a run folder. */
function run(call: CommandCall): Promise<void> {
  return runCommand('pretrain', call, { work: pretrainInto, textOf });
}

async function pretrainInto(started: StartedRun<'pretrain'>): Promise<PretrainResult> {
  const { run, settings, engine, terminal } = started;
  const { seed, steps, batchSize, learningRate, maskRatio, hidden, splits, compile } = settings;
  const rows = await openRows(settings, terminal);
  const counts = await saveSplits(run, rows, { splits, seed, terminal });
  const progress = trainingProgress(terminal, 'pretrain', steps);
  const { onEvent, ...steering } = compiling(compile, progress.note, progress.onEvent);
  const encoder = await pretrain(rows, {
    ...{ seed, steps, batchSize, learningRate, hidden, splits },
    ...(maskRatio === undefined ? {} : { maskRatio }),
    ...steering,
    ...(await run.fitHooks(settings.checkpointEvery, onEvent)),
  }).finally(progress.stop);
  printLossCurve(run, terminal);
  const file = run.folder.file('checkpoints', 'encoder.safetensors');
  await encoder.save(file);
  const result: PretrainResult = {
    command: 'pretrain',
    dataset: rows.name,
    kind: rows.kind,
    origin: rows.origin,
    rows: counts.train,
    columns: layoutOf(encoder.card.input).width,
    steps,
    seed,
    backend: engine.backend,
    ...encoder.scores,
    encoder: file,
    report: run.folder.file('report.html'),
  };
  await writePretrainReport(run, result, encoder);
  return result;
}

function textOf({ lossBefore, lossAfter, baselineLoss, rows, encoder, report }: PretrainResult): string {
  return [
    `Loss on hidden values ${lossBefore.toFixed(3)} → ${lossAfter.toFixed(3)} on ${rows} rows without labels ` +
      `(baseline: ${baselineLoss.toFixed(3)}).`,
    `Encoder: ${shownPath(encoder)}`,
    `Report:  ${shownPath(report)}`,
  ].join('\n');
}
