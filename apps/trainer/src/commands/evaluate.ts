import { join } from 'node:path';
import type { Command } from 'commander';
import { openPredictor } from '../models/open-predictor.js';
import { writeTuningReport } from '../report/tuning-report.js';
import { type CommandCall, runCommand, type StartedRun } from '../runs/command-run.js';
import { judgedRows } from '../runs/judged-rows.js';
import { addDataFlags, addRunFlags, type RunFlags } from '../settings/run-flags.js';
import { scoresText } from '../terminal/scores-text.js';
import { shownPath } from '../terminal/shown-path.js';
import type { Terminal } from '../terminal/terminal.js';

/** What `warmstart evaluate --json` prints, with each score beside these. */
export interface EvaluationResult {
  command: 'evaluate';
  model: string;
  dataset: string;
  /** That were scored. */
  rows: number;
  /** Rows that the model learned from. */
  leftOut: number;
  metrics: Readonly<Record<string, number>>;
  backend: string;
  report: string;
  [score: string]: unknown;
}

const defaultOut = join('warmstart-runs', 'evaluate');

export function configure(command: Command, terminal: Terminal): void {
  command.argument('<model>', 'the model.safetensors of a finetune run');
  addDataFlags(addRunFlags(command, { what: 'the folder of the report', defaultOut }))
    .option('--all', 'score all rows: the file is an outside test set')
    .option('--weights <file>', 'the weights of its published network, where they were moved')
    .addHelpText(
      'after',
      `
Rows that the model learned from are known by what they hold, left out and counted, also in a file that grew.

Examples:
  warmstart evaluate runs/mine-tuned/checkpoints/model.safetensors --data my.csv
  warmstart evaluate model.safetensors --data other-hospital.csv --all`,
    )
    .action((file: string, words: string[], flags: RunFlags) =>
      run(file, { words, flags, defaultOut, terminal }),
    );
}

/** Scores of a model on rows that it has not seen. */
function run(file: string, call: CommandCall): Promise<void> {
  return runCommand('evaluate', call, {
    work: (started) => evaluateInto(started, file, call.flags.weights as string | undefined),
    textOf,
  });
}

async function evaluateInto(
  { run, settings, engine, terminal }: StartedRun<'evaluate'>,
  file: string,
  weights: string | undefined,
): Promise<EvaluationResult> {
  const { model, openLike } = await openPredictor(file, weights, terminal);
  try {
    const { output } = model.card;
    const rows = await openLike({ ...settings, label: settings.label ?? output.column });
    run.begin();
    const { all, unknown } = settings;
    const { scores, rowCount, leftOut, notes } = await model.evaluate(rows, {
      all,
      unknown,
      signal: terminal.signal,
    });
    for (const note of notes.filter((one) => !rows.notes.includes(one))) terminal.note(note);
    if (leftOut > 0) {
      terminal.note(
        `${leftOut} rows are left out: the model, or its encoder, learned from them (--all scores them too)`,
      );
    }
    await writeTuningReport(run, {
      title: 'Evaluation',
      model,
      rows,
      judged: await judgedRows(model, rows, { all, signal: terminal.signal }),
      judgedName: all ? 'labelled' : 'unseen',
      scores,
    });
    return {
      command: 'evaluate',
      model: file,
      dataset: rows.name,
      rows: rowCount,
      leftOut,
      ...scores,
      metrics: scores,
      backend: engine.backend,
      report: run.folder.file('report.html'),
    };
  } finally {
    model.dispose();
  }
}

function textOf({ dataset, rows, leftOut, metrics, report }: EvaluationResult): string {
  const without = leftOut > 0 ? `, ${leftOut} that it learned from left out` : '';
  return [
    `${rows} rows of ${dataset}${without}:`,
    ...scoresText(metrics),
    `Report: ${shownPath(report)}`,
  ].join('\n');
}
