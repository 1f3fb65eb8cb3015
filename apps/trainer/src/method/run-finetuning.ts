import { stateDict } from '@warmstart/core-checkpoint';
import { compilingRun } from '../compiling.js';
import { type Examples, loadExamples } from '../data/examples.js';
import { writeTuningReport } from '../report/tuning-report.js';
import { type CommandCall, runCommand, type StartedRun } from '../runs/command-run.js';
import { saveSplits } from '../runs/save-splits.js';
import { printLossCurve, trainingProgress } from '../runs/training-progress.js';
import type { Settings } from '../settings/project.js';
import { UsageError } from '../terminal/failure.js';
import { shownPath } from '../terminal/shown-path.js';
import type { Terminal } from '../terminal/terminal.js';
import { answerOf, type FineTuned, finetune, type StartingPoint } from './finetune.js';
import { readGuides } from './guides-file.js';
import type { ModelCard } from './model-card.js';
import { originOf, readModel, saveModel } from './model-file.js';

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
  guided: boolean;
  /** On validation rows. */
  validation: Record<string, number>;
  model: string;
  report: string;
}

/** `warmstart finetune`: a model from labelled rows, kept in a run folder. */
export function runFinetuning(call: CommandCall): Promise<void> {
  return runCommand('finetune', call, { work: finetuneInto, textOf });
}

async function finetuneInto({
  run,
  settings,
  engine,
  terminal,
}: StartedRun<'finetune'>): Promise<FinetuneResult> {
  const { data, start } = await prepare(settings, terminal);
  const answer = answerOf(data);
  saveSplits(run, data);
  const progress = trainingProgress(terminal, 'finetune', settings.steps);
  const training = compilingRun(settings.compile, terminal.note, progress.onEvent);
  const tuned = await finetune(data, start, settings, run, training).finally(progress.stop);
  printLossCurve(run, terminal);
  try {
    const file = run.folder.file('checkpoints', 'model.safetensors');
    await saveModel(file, {
      weights: await stateDict(tuned.model),
      card: cardOf(data, start, settings, tuned),
    });
    const result: FinetuneResult = {
      ...summaryOf(data, start, settings),
      labels: tuned.labels,
      backend: engine.backend,
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
      ...(start.guides ? { guides: start.guides } : {}),
    });
    return result;
  } finally {
    tuned.model.dispose();
  }
}

function summaryOf(
  data: Examples,
  { architecture, encoder, guides }: StartingPoint,
  settings: Settings<'finetune'>,
) {
  const answer = answerOf(data);
  const isPublished = architecture.kind === 'published';
  return {
    command: 'finetune',
    dataset: data.source.name,
    origin: data.source.origin,
    label: answer.column,
    ...(answer.kind === 'classes' ? { classes: answer.classNames } : {}),
    strategy: isPublished ? 'head-only' : settings.strategy,
    steps: settings.steps,
    seed: settings.seed,
    pretrained: encoder !== undefined || isPublished,
    guided: guides !== undefined,
  } as const;
}

/** The rows, as the encoder wants them, and the encoder: pre-trained, published, or new. */
async function prepare(
  settings: Settings<'finetune'>,
  terminal: Terminal,
): Promise<{ data: Examples; start: StartingPoint }> {
  const { from, model, weights, guides } = settings;
  if (guides !== undefined && (from === undefined || model !== undefined)) {
    throw new UsageError(
      'finetune: --guides needs --from: the base.safetensors that warmstart scout wrote beside them.',
    );
  }
  if (model !== undefined || weights !== undefined) {
    if (from !== undefined) throw new UsageError('finetune: --from and --model exclude each other.');
    const { publishedFeatures } = await import('./published-features.js');
    return publishedFeatures(settings, terminal);
  }
  if (from !== undefined) {
    const { weights: encoder, card } = await readModel(from, 'encoder', terminal);
    const data = await loadExamples(settings, { tell: terminal.note, encoder: card.preparation });
    const start: StartingPoint = { architecture: card.architecture, encoder };
    if (guides !== undefined) start.guides = await readGuides(guides, encoder, terminal);
    return { data, start };
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
  const file = shownPath(model);
  const what = classes ? `${classes.length} classes of ${label}` : label;
  const rows = scores.length > 0 ? scores : ['  there are no validation rows with an answer'];
  return [
    `${what}, learned from ${labels} labelled rows. On validation rows:`,
    ...rows,
    `Model:  ${file}`,
    `Report: ${shownPath(report)}`,
    `Next:   warmstart evaluate ${file}`,
    `        warmstart predict ${file} --data new-rows`,
  ].join('\n');
}
