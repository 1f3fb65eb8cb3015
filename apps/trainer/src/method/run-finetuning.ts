import { stateDict } from '@warmstart/core-checkpoint';
import { outOf, startRun } from '../commands/start-run.js';
import { type Examples, loadExamples } from '../data/examples.js';
import { UsageError } from '../failure.js';
import { showProgress } from '../progress.js';
import { writeTuningReport } from '../report/tuning-report.js';
import { type Run, withRun } from '../run/run.js';
import type { Settings } from '../settings/project.js';
import type { Terminal } from '../terminal.js';
import { answerOf, type FineTuned, finetune, type StartingPoint } from './finetune.js';
import { type ModelCard, originOf, readModel, saveModel } from './model-file.js';
import type { CommandCall } from './run-pretraining.js';
import { trainingProgress } from './training-progress.js';

/** What `warmstart finetune --json` prints. */
export interface FinetuneResult {
  command: 'finetune';
  dataset: string;
  origin: string;
  label: string;
  classes?: readonly string[];
  labels: number;
  strategy: string;
  steps: number;
  seed: number;
  backend: string;
  pretrained: boolean;
  /** On validation rows. */
  validation: Record<string, number>;
  model: string;
  report: string;
}

/** `warmstart finetune`: a model from labelled rows, kept in a run folder. */
export async function runFinetuning(call: CommandCall): Promise<void> {
  const { flags, terminal } = call;
  const out = await outOf(flags, call.usually);
  const options = {
    command: 'finetune',
    out,
    resume: flags.resume,
    tensorboard: flags.tensorboard,
    terminal,
  };
  const result = await withRun(options, async (run) => {
    if (run.finished) {
      terminal.note(`${out}: this run has finished; here is what it found`);
      return run.finished as FinetuneResult; // written by this function
    }
    return finetuneInto(run, call, out);
  });
  terminal.out(flags.json ? JSON.stringify(result) : textOf(result));
}

async function finetuneInto(run: Run, call: CommandCall, out: string): Promise<FinetuneResult> {
  const { terminal } = call;
  const { settings, engine } = await startRun('finetune', run, { ...call, out });
  const { data, start } = await prepare(settings, terminal);
  const answer = answerOf(data);
  run.folder.writeJson('splits.json', { data: data.source.name, digest: data.digest, ...data.splits });
  const progress = showProgress(terminal);
  const onEvent = trainingProgress(progress, 'finetune', settings.steps);
  const tuned = await finetune(data, start, settings, run, onEvent).finally(progress.stop);
  try {
    const file = run.folder.file('checkpoints', 'model.safetensors');
    await saveModel(file, {
      weights: await stateDict(tuned.model),
      card: cardOf(data, start, settings, tuned),
    });
    const result: FinetuneResult = {
      command: 'finetune',
      dataset: data.source.name,
      origin: data.source.origin,
      label: answer.column,
      ...(answer.kind === 'classes' ? { classes: answer.classNames } : {}),
      labels: tuned.labels,
      strategy: start.architecture.kind === 'published' ? 'head-only' : settings.strategy,
      steps: settings.steps,
      seed: settings.seed,
      backend: engine.backend,
      pretrained: start.encoder !== undefined || start.architecture.kind === 'published',
      validation: tuned.metrics,
      model: file,
      report: run.folder.file('report.html'),
    };
    await writeTuningReport(run, {
      title: 'Fine-tuning',
      result,
      model: tuned.model,
      part: data.parts.validation,
      partName: 'validation',
      answer,
    });
    run.finish(result);
    return result;
  } finally {
    tuned.model.dispose();
  }
}

/** The rows, as the encoder wants them, and the encoder: pre-trained, published, or new. */
async function prepare(
  settings: Settings<'finetune'>,
  terminal: Terminal,
): Promise<{ data: Examples; start: StartingPoint }> {
  const { from, model, weights } = settings;
  if (model !== undefined || weights !== undefined) {
    if (from !== undefined) throw new UsageError('finetune: --from and --model exclude each other.');
    const { publishedFeatures } = await import('./published-features.js');
    return publishedFeatures(settings, terminal);
  }
  if (from !== undefined) {
    const { weights: encoder, card } = await readModel(from, 'encoder', terminal);
    const data = await loadExamples(settings, { tell: terminal.note, encoder: card.preparation });
    return { data, start: { architecture: card.architecture, encoder } };
  }
  const data = await loadExamples(settings, { tell: terminal.note });
  if (data.preparation.kind === 'texts') {
    throw new UsageError(
      'finetune: texts need an encoder. Pre-train one (warmstart pretrain --data …) and give it with --from, or give --model bert_base --weights FILE.',
    );
  }
  return {
    data,
    start: { architecture: { kind: 'mlp', inFeatures: data.layout.width, hidden: settings.hidden } },
  };
}

function cardOf(
  data: Examples,
  { architecture }: StartingPoint,
  { seed }: Settings<'finetune'>,
  { metrics }: FineTuned,
): ModelCard {
  const { preparation } = data;
  const kind = preparation.answer?.kind === 'number' ? 'regressor' : 'classifier';
  return { version: 1, kind, architecture, preparation, data: originOf(data), seed, metrics };
}

function textOf({ validation, labels, model, report, label, classes }: FinetuneResult): string {
  const scores = Object.entries(validation).map(
    ([name, value]) => `  ${name.padEnd(21)} ${value.toFixed(4)}`,
  );
  const what = classes ? `${classes.length} classes of ${label}` : label;
  const rows = scores.length > 0 ? scores : ['  there are no validation rows with an answer'];
  return [
    `${what}, learned from ${labels} labelled rows. On validation rows:`,
    ...rows,
    `Model:  ${model}`,
    `Report: ${report}`,
    `Next:   warmstart evaluate ${model} · warmstart predict ${model} --data new-rows`,
  ].join('\n');
}
