import { compilingRun } from '../compiling.js';
import { loadExamples } from '../data/examples.js';
import { writePretrainReport } from '../report/pretrain-report.js';
import { type CommandCall, runCommand, type StartedRun } from '../runs/command-run.js';
import { saveSplits } from '../runs/save-splits.js';
import { printLossCurve, trainingProgress } from '../runs/training-progress.js';
import { shownPath } from '../terminal/shown-path.js';
import type { ModelCard } from './model-card.js';
import { originOf, saveModel } from './model-file.js';
import { pretrain } from './pretrain.js';

/** What `warmstart pretrain --json` prints. */
export interface PretrainResult {
  command: 'pretrain';
  dataset: string;
  kind: string;
  origin: string;
  rows: number;
  columns: number;
  steps: number;
  seed: number;
  backend: string;
  lossBefore: number;
  lossAfter: number;
  baselineLoss: number;
  skill: number;
  encoder: string;
  report: string;
}

/** `warmstart pretrain`: an encoder from rows without labels, kept in a run folder. */
export function runPretraining(call: CommandCall): Promise<void> {
  return runCommand('pretrain', call, { work: pretrainInto, textOf });
}

async function pretrainInto({
  run,
  settings,
  engine,
  terminal,
}: StartedRun<'pretrain'>): Promise<PretrainResult> {
  const data = await loadExamples(settings, { tell: terminal.note });
  saveSplits(run, data);
  const progress = trainingProgress(terminal, 'pretrain', settings.steps);
  const training = compilingRun(settings.compile, terminal.note, progress.onEvent);
  const pretrained = await pretrain(data, settings, run, training).finally(progress.stop);
  printLossCurve(run, terminal);
  const encoder = run.folder.file('checkpoints', 'encoder.safetensors');
  const { source, preparation } = data;
  const { architecture, lossBefore, lossAfter, baselineLoss, skill } = pretrained;
  const card: ModelCard = {
    version: 1,
    kind: 'encoder',
    architecture,
    preparation,
    data: originOf(data),
    seed: settings.seed,
    metrics: { lossBefore, lossAfter, baselineLoss, skill },
  };
  await saveModel(encoder, { weights: pretrained.encoder, card });
  const result: PretrainResult = {
    command: 'pretrain',
    dataset: source.name,
    kind: source.kind,
    origin: source.origin,
    rows: data.parts.train.rowCount,
    columns: data.layout.width,
    steps: settings.steps,
    seed: settings.seed,
    backend: engine.backend,
    lossBefore,
    lossAfter,
    baselineLoss,
    skill,
    encoder,
    report: run.folder.file('report.html'),
  };
  await writePretrainReport(run, { result, pretrained, data });
  return result;
}

function textOf({ lossBefore, lossAfter, baselineLoss, rows, encoder, report }: PretrainResult): string {
  return [
    `Loss on hidden values ${lossBefore.toFixed(3)} → ${lossAfter.toFixed(3)} on ${rows} rows without labels ` +
      `(knowing only what is usual: ${baselineLoss.toFixed(3)}).`,
    `Encoder: ${shownPath(encoder)}`,
    `Report:  ${shownPath(report)}`,
  ].join('\n');
}
