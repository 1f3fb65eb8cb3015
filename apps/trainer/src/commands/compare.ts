import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ComparedArm,
  type CompareEvent,
  type Comparison,
  compare,
  type DrawResult,
  openEncoder,
  type PretrainedEncoder,
  pretrain,
  type Rows,
} from '@warmstart/transfer';
import type { Command } from 'commander';
import { compiling } from '../compiling.js';
import { armLabel, writeComparisonReport } from '../report/comparison-report.js';
import { type CommandCall, runCommand, type StartedRun } from '../runs/command-run.js';
import type { Run } from '../runs/run.js';
import { readEvents } from '../runs/run-events.js';
import { saveSplits } from '../runs/save-splits.js';
import { trainingProgress } from '../runs/training-progress.js';
import { positiveNumber } from '../settings/flags.js';
import { addDataFlags, addRunFlags, type RunFlags } from '../settings/run-flags.js';
import { openRows } from '../sources/open-rows.js';
import { shownPath } from '../terminal/shown-path.js';
import type { Terminal } from '../terminal/terminal.js';

/** What `warmstart compare --json` prints. */
export interface ComparisonResult {
  command: 'compare';
  dataset: string;
  labels: number;
  draws: number;
  seed: number;
  backend: string;
  /** The arm that gains are measured against, and the score of the headline. */
  reference: string;
  headline: string;
  arms: readonly Pick<ComparedArm, 'name' | 'scores' | 'gains' | 'chance' | 'judgedLoss' | 'draws'>[];
  /** The arm that the labelled rows themselves choose. Test rows play no part. */
  best: string;
  encoder: string;
  report: string;
}

const defaultOut = join('warmstart-runs', 'compare');

export function configure(command: Command, terminal: Terminal): void {
  addDataFlags(addRunFlags(command, { what: 'the run’s folder', defaultOut }))
    .option('--from <file>', 'an encoder that pretrain wrote (default: one is pre-trained first)')
    .option('--labels <n>', 'labelled rows per draw (default: 20)', positiveNumber)
    .option('--draws <n>', 'paired draws of labels (default: 5)', positiveNumber)
    .option('--steps <n>', 'pre-training steps (default: 2000)', positiveNumber)
    .addHelpText(
      'after',
      `
Every arm on the same draws of labels: logistic (or ridge) regression on the columns, from scratch, frozen encoder, and
fine-tuned encoder; gains over scratch with 95 % intervals. The labelled rows of a draw choose each arm's settings.
Each arm is finetune with other settings: the best one is a model that you can keep.

Examples:
  warmstart compare --data my.csv --label diagnosis --labels 30 --out runs/worth-it
  warmstart compare --data dna-splice --draws 10`,
    )
    .action((words: string[], flags: RunFlags) => run({ words, flags, defaultOut, terminal }));
}

/** Every way to start, on the same draws of labels. */
function run(call: CommandCall): Promise<void> {
  return runCommand('compare', call, { work: compareInto, textOf });
}

async function compareInto(started: StartedRun<'compare'>): Promise<ComparisonResult> {
  const { run, settings, engine, terminal } = started;
  const { seed, labels, draws, splits } = settings;
  const given = settings.from === undefined ? undefined : await openEncoder(settings.from);
  const rows = await openRows(settings, terminal, given && { input: given.card.input });
  await saveSplits(run, rows, { splits, seed, terminal });
  const encoder = given ?? (await pretrained(rows, started));
  const onEvent = (event: CompareEvent) => {
    if (event.type !== 'draw-end') return;
    run.log(event as unknown as Record<string, unknown>);
    terminal.note(`draw ${event.draw + 1} of ${draws}: ${armLabel(event.arm)}, ${scoreOf(event)}`);
  };
  const { signal } = terminal;
  const found = await compare(rows, {
    ...{ labels, draws, seed, from: encoder, tuning: { splits }, done: drawsDone(run), onEvent, signal },
  });
  const result: ComparisonResult = {
    command: 'compare',
    dataset: rows.name,
    labels,
    draws,
    seed,
    backend: engine.backend,
    reference: found.reference,
    headline: found.headline,
    arms: found.arms.map(({ options: _, ...arm }) => arm),
    best: found.best.name,
    encoder: settings.from ?? encoderFile(run),
    report: run.folder.file('report.html'),
  };
  writeComparisonReport(run, { rows, found });
  terminal.note(keepText(found, settings.data, result));
  return result;
}

const encoderFile = (run: Run) => run.folder.file('checkpoints', 'encoder.safetensors');

/** The encoder of the arms that have one; where the run was stopped after it was made, that one. */
async function pretrained(
  rows: Rows,
  { run, settings, terminal }: StartedRun<'compare'>,
): Promise<PretrainedEncoder> {
  const file = encoderFile(run);
  if (run.isResumed && existsSync(file)) return openEncoder(file);
  const { seed, steps, splits } = settings;
  const progress = trainingProgress(terminal, 'pretrain', steps);
  const { onEvent, ...steering } = compiling('auto', progress.note, progress.onEvent);
  const hooks = await run.fitHooks(checkpointEvery, onEvent);
  const encoder = await pretrain(rows, { seed, steps, splits, ...steering, ...hooks }).finally(progress.stop);
  await encoder.save(file);
  return encoder;
}

const checkpointEvery = 250;

/** Draws that were measured before the run was stopped. */
function drawsDone(run: Run): DrawResult[] {
  if (!run.isResumed) return [];
  const events = readEvents(run.folder.file('events.jsonl'));
  return events.filter(({ type }) => type === 'draw-end') as unknown as DrawResult[]; // logged above
}

function scoreOf({ scores }: DrawResult): string {
  const [first] = Object.entries(scores);
  return first ? `${first[0]} ${first[1].toFixed(3)}` : 'no score';
}

/** The command that makes the best arm a model. */
function keepText({ best, labels, seed }: Comparison, data: string, { encoder }: ComparisonResult): string {
  const { tune, from } = best.options;
  const start = from === undefined ? '' : ` --from ${shownPath(encoder)}`;
  const way = tune === undefined ? '' : ` --tune ${tune}`;
  return `Best by its labelled rows: ${armLabel(best.name)}. Keep it with:\n  warmstart finetune --data ${data}${start}${way} --labels ${labels} --seed ${seed}`;
}

function textOf(result: ComparisonResult): string {
  const width = Math.max(...result.arms.map(({ name }) => armLabel(name).length));
  const { headline, reference, best } = result;
  const lines = result.arms.map(({ name, scores, gains, chance }) => {
    const { mean = Number.NaN } = scores[headline] ?? {};
    const gain = gains[headline];
    const against =
      name === reference || !gain
        ? ''
        : `   ${signed(gain.mean)} [${signed(gain.low)}, ${signed(gain.high)}]   p ${chance.toFixed(3)}`;
    return `  ${name === best ? '*' : ' '} ${armLabel(name).padEnd(width)}  ${mean.toFixed(3)}${against}`;
  });
  return [
    `${result.dataset}: ${result.labels} labels, ${result.draws} paired draws. ${headline} on test rows, and the gain over ${armLabel(reference)} [95 %]:`,
    ...lines,
    `  * chosen by the labelled rows themselves`,
    `Report: ${shownPath(result.report)}`,
  ].join('\n');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}
