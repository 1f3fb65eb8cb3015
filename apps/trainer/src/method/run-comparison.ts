import { outOf, startRun } from '../commands/start-run.js';
import { comparedTable } from '../data/compared-table.js';
import { DataError } from '../data/data-error.js';
import { loadExamples } from '../data/examples.js';
import { tableOf } from '../few-labels/markdown.js';
import { fullPlan } from '../few-labels/plan.js';
import { runSeed } from '../few-labels/run-seed.js';
import { type DatasetSummary, summarize } from '../few-labels/summary.js';
import { writeComparisonReport } from '../report/comparison-report.js';
import { type Run, withRun } from '../run/run.js';
import type { CommandCall } from './run-pretraining.js';

/** What `warmstart compare --json` prints. */
export interface ComparisonResult extends DatasetSummary {
  command: 'compare';
  labels: number;
  seed: number;
  backend: string;
  report: string;
}

/** `warmstart compare`: every way to start, on the same draws of labels. */
export async function runComparison(call: CommandCall): Promise<void> {
  const { flags, terminal } = call;
  const out = await outOf(flags, call.usually);
  const options = { command: 'compare', out, resume: flags.resume, tensorboard: false, terminal };
  const result = await withRun(options, async (run) => {
    if (run.finished) return run.finished as ComparisonResult; // written by this function
    return compareInto(run, call, out);
  });
  terminal.out(flags.json ? JSON.stringify(result) : `${tableOf(result)}\n\nReport: ${result.report}`);
}

async function compareInto(run: Run, call: CommandCall, out: string): Promise<ComparisonResult> {
  const { terminal } = call;
  const { settings, engine } = await startRun('compare', run, { ...call, out });
  const { labels, draws, steps, seed } = settings;
  const data = await loadExamples(settings, { tell: terminal.note });
  const table = comparedTable(data);
  if (labels < table.classCount) {
    throw new DataError(
      'too-few-labels',
      `${table.name}: --labels must be at least the ${table.classCount} classes, got ${labels}: each class needs one labelled row.`,
      table.name,
    );
  }
  run.folder.writeJson('splits.json', { data: data.source.name, digest: data.digest, ...data.splits });
  const plan = { ...fullPlan, labelCounts: [labels], draws, pretrainSeeds: [seed], pretrainSteps: steps };
  const tools = { tell: terminal.note, signal: terminal.signal };
  const summary = summarize([await runSeed(table, seed, plan, tools)]);
  const report = run.folder.file('report.html');
  const result: ComparisonResult = {
    command: 'compare',
    labels,
    seed,
    backend: engine.backend,
    ...summary,
    report,
  };
  writeComparisonReport(run, result);
  run.finish(result);
  return result;
}
