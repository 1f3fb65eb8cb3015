import type { TrainingEvent } from '@warmstart/training';
import type { RunFlags } from '../commands/run-flags.js';
import { outOf, startRun } from '../commands/start-run.js';
import { compiling } from '../compiling.js';
import { loadExamples } from '../data/examples.js';
import { showProgress } from '../progress.js';
import { writePretrainReport } from '../report/pretrain-report.js';
import { type Run, withRun } from '../run/run.js';
import type { Terminal } from '../terminal.js';
import { type ModelCard, originOf, saveModel } from './model-file.js';
import { pretrain } from './pretrain.js';
import { trainingProgress } from './training-progress.js';

/** What a command is given. */
export interface CommandCall {
  words: readonly string[];
  flags: RunFlags;
  /** Where the run goes if nothing says so. */
  usually: string;
  terminal: Terminal;
}

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
  usualLoss: number;
  skill: number;
  encoder: string;
  report: string;
}

/** `warmstart pretrain`: an encoder from rows without labels, kept in a run folder. */
export async function runPretraining(call: CommandCall): Promise<void> {
  const { flags, terminal } = call;
  const out = await outOf(flags, call.usually);
  const options = {
    command: 'pretrain',
    out,
    resume: flags.resume,
    tensorboard: flags.tensorboard,
    terminal,
  };
  const result = await withRun(options, async (run) => {
    if (run.finished) {
      terminal.note(`${out}: this run has finished; here is what it found`);
      return run.finished as PretrainResult; // written by this function
    }
    return pretrainInto(run, call, out);
  });
  const { lossBefore, lossAfter, usualLoss, rows } = result;
  terminal.out(
    flags.json
      ? JSON.stringify(result)
      : `Loss on hidden values ${lossBefore.toFixed(3)} → ${lossAfter.toFixed(3)} on ${rows} rows without labels ` +
          `(knowing only what is usual: ${usualLoss.toFixed(3)}).\nEncoder: ${result.encoder}\nReport:  ${result.report}`,
  );
}

async function pretrainInto(run: Run, call: CommandCall, out: string): Promise<PretrainResult> {
  const { terminal } = call;
  const { settings, engine } = await startRun('pretrain', run, { ...call, out });
  const data = await loadExamples(settings, { tell: terminal.note });
  run.folder.writeJson('splits.json', { data: data.source.name, digest: data.digest, ...data.splits });
  const progress = showProgress(terminal);
  const { compiler, onCompiler } = compiling(settings.compile, terminal.note);
  const show = trainingProgress(progress, 'pretrain', settings.steps);
  const onEvent = (event: TrainingEvent) => {
    if (event.type === 'step-compile' || event.type === 'step-eager') onCompiler(event);
    show(event);
  };
  const pretrained = await pretrain(data, settings, run, { onEvent, compiler }).finally(progress.stop);
  const encoder = run.folder.file('checkpoints', 'encoder.safetensors');
  const { source, preparation } = data;
  const { architecture, lossBefore, lossAfter, usualLoss, skill } = pretrained;
  const card: ModelCard = {
    version: 1,
    kind: 'encoder',
    architecture,
    preparation,
    data: originOf(data),
    seed: settings.seed,
    metrics: { lossBefore, lossAfter, usualLoss, skill },
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
    usualLoss,
    skill,
    encoder,
    report: run.folder.file('report.html'),
  };
  await writePretrainReport(run, { result, pretrained, data });
  run.finish(result);
  return result;
}
