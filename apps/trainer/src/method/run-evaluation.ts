import { outOf, startRun } from '../commands/start-run.js';
import { type Examples, loadExamples } from '../data/examples.js';
import { writeTuningReport } from '../report/tuning-report.js';
import { withRun } from '../run/run.js';
import type { Settings } from '../settings/project.js';
import type { Terminal } from '../terminal.js';
import { answerOf, measure } from './finetune.js';
import { type ModelCard, readModel } from './model-file.js';
import type { CommandCall } from './run-pretraining.js';
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
  const { flags, terminal } = call;
  const out = await outOf(flags, call.usually);
  const { weights, card } = await readModel(file, 'tuned', terminal);
  const options = { command: 'evaluate', out, resume: flags.resume, tensorboard: false, terminal };
  const result = await withRun(options, async (run): Promise<EvaluationResult> => {
    // without --data, the rows it was made from
    const usual = { data: card.data.name };
    const { settings, engine } = await startRun('evaluate', run, { ...call, usual, out });
    const label = settings.label ?? card.preparation.answer?.column;
    const isTable = card.preparation.table !== undefined;
    const asked =
      isTable && label !== undefined
        ? { ...settings, label, task: taskOf(card.preparation.answer?.kind) }
        : settings;
    const data = await examplesFor(card, asked, terminal);
    const answer = card.preparation.answer ?? answerOf(data);
    const part = data.parts[settings.split];
    const model = savedModel(card.architecture, answer, weights);
    try {
      const scores = await measure(model, part, answer);
      const rows = answeredRows(part, answer).length;
      const about = {
        command: 'evaluate',
        model: file,
        dataset: data.source.name,
        split: settings.split,
      } as const;
      const made: EvaluationResult = {
        ...about,
        rows,
        backend: engine.backend,
        ...scores,
        report: run.folder.file('report.html'),
      };
      await writeTuningReport(run, {
        title: 'Evaluation',
        result: made,
        model,
        part,
        partName: settings.split,
        answer,
      });
      run.finish(made);
      return made;
    } finally {
      model.dispose();
    }
  });
  if (flags.json) return terminal.out(JSON.stringify(result));
  const { command: _, model: __, report, backend: ___, ...shown } = result;
  for (const [name, value] of Object.entries(shown)) {
    terminal.out(
      `${name.padEnd(21)} ${typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(4) : String(value)}`,
    );
  }
  terminal.out(`${'report'.padEnd(21)} ${report}`);
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
