import { comparedTable } from '../data/compared-table.js';
import { DataError } from '../data/data-error.js';
import { loadExamples } from '../data/examples.js';
import { tableOf } from '../few-labels/markdown.js';
import { fullPlan } from '../few-labels/plan.js';
import { runSeed } from '../few-labels/run-seed.js';
import { type DatasetSummary, summarize } from '../few-labels/summary.js';
import { writeComparisonReport } from '../report/comparison-report.js';
import { type CommandCall, runCommand, type StartedRun } from '../runs/command-run.js';
import { saveSplits } from '../runs/save-splits.js';
import { shownPath } from '../terminal/shown-path.js';

/** What `warmstart compare --json` prints. */
export interface ComparisonResult extends DatasetSummary {
  command: 'compare';
  labels: number;
  seed: number;
  backend: string;
  report: string;
}

/** `warmstart compare`: every way to start, on the same draws of labels. */
export function runComparison(call: CommandCall): Promise<void> {
  return runCommand('compare', call, { work: compareInto, textOf });
}

async function compareInto({
  run,
  settings,
  engine,
  terminal,
}: StartedRun<'compare'>): Promise<ComparisonResult> {
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
  saveSplits(run, data);
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
  return result;
}

function textOf(result: ComparisonResult): string {
  return `${tableOf(result)}\n\nReport: ${shownPath(result.report)}`;
}
