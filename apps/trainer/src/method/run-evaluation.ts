import { type Examples, loadExamples } from '../data/examples.js';
import { writeTuningReport } from '../report/tuning-report.js';
import { type CommandCall, runCommand, type StartedRun } from '../runs/command-run.js';
import type { Settings } from '../settings/project.js';
import { shownPath } from '../terminal/shown-path.js';
import type { Terminal } from '../terminal/terminal.js';
import { answerOf, measure } from './finetune.js';
import type { ModelCard } from './model-card.js';
import { readModel } from './model-file.js';
import { answeredRows } from './score.js';
import { savedModel } from './tuned-model.js';

/** What `warmstart evaluate --json` prints, with the scores beside these. */
export interface EvaluationResult {
  command: 'evaluate';
  model: string;
  dataset: string;
  split: 'train' | 'validation' | 'test';
  rows: number;
  backend: string;
  report: string;
  [score: string]: unknown;
}

/** `warmstart evaluate`: scores of a model on rows of the same division. */
export async function runEvaluation(file: string, call: CommandCall): Promise<void> {
  return runCommand('evaluate', call, { work: (started) => evaluateInto(started, file), textOf });
}

async function evaluateInto(
  { run, settings, engine, terminal }: StartedRun<'evaluate'>,
  file: string,
): Promise<EvaluationResult> {
  const { card, weights } = await readModel(file, 'tuned', terminal);
  const label = settings.label ?? card.preparation.answer?.column;
  const isTable = card.preparation.table !== undefined;
  const asked =
    isTable && label !== undefined
      ? { ...settings, label, task: taskOf(card.preparation.answer?.kind) }
      : settings;
  const data = await examplesFor(card, asked, terminal);
  run.begin();
  const answer = card.preparation.answer ?? answerOf(data);
  const { split } = settings;
  const part = data.parts[split];
  const model = savedModel(card.architecture, answer, weights);
  try {
    const result: EvaluationResult = {
      command: 'evaluate',
      model: file,
      dataset: data.source.name,
      split,
      rows: answeredRows(part, answer).length,
      backend: engine.backend,
      ...(await measure(model, part, answer)),
      report: run.folder.file('report.html'),
    };
    await writeTuningReport(run, { title: 'Evaluation', result, model, part, partName: split, answer });
    return result;
  } finally {
    model.dispose();
  }
}

function textOf({ command: _, model: __, report, backend: ___, ...shown }: EvaluationResult): string {
  const isShare = (value: unknown) => typeof value === 'number' && !Number.isInteger(value);
  const rows = Object.entries({ ...shown, report: shownPath(report) }).map(
    ([name, value]) => `${name.padEnd(21)} ${isShare(value) ? Number(value).toFixed(4) : String(value)}`,
  );
  return rows.join('\n');
}

/** Prepared as the model learned them, and divided as they were then. */
async function examplesFor(
  card: ModelCard,
  settings: Settings<'evaluate'>,
  terminal: Terminal,
): Promise<Examples> {
  if (card.architecture.kind !== 'published') {
    return loadExamples(settings, { tell: terminal.note, encoder: card.preparation });
  }
  const { examplesOfPublished } = await import('./published-features.js');
  return examplesOfPublished(card.architecture, settings, terminal);
}

function taskOf(kind: 'classes' | 'number' | undefined): 'classes' | 'number' | 'auto' {
  return kind ?? 'auto';
}
