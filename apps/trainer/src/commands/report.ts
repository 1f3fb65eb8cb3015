import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { QuickstartResult } from '../quickstart/result.js';
import { comparisonTable } from '../quickstart/verdict.js';
import { foundText } from '../runs/found-text.js';
import type { Terminal } from '../terminal/terminal.js';

interface Flags {
  out?: string;
  json: boolean;
}

type Result = Record<string, unknown>;

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('<run...>', 'folders of finished runs')
    .option('--out <file>', 'write one page that compares the runs, e.g. compared.html')
    .option('--json', 'print what each run found as JSON', false)
    .addHelpText(
      'after',
      '\nExamples:\n  warmstart report runs/seed-0/dna-splice runs/seed-1/dna-splice\n  warmstart report runs/* --out compared.html',
    )
    .action((folders: string[], flags: Flags) => report(folders, flags, terminal));
}

async function report(folders: readonly string[], { out, json }: Flags, terminal: Terminal): Promise<void> {
  // every run is read before the first is shown: a wrong path leaves no half of an answer
  const runs = folders.map((folder) => ({ folder, result: readResult(folder) }));
  if (out !== undefined) {
    const { comparedRunsPage } = await import('../report/compared-runs.js');
    const { writeWhole } = await import('../runs/run-folder.js');
    writeWhole(out, comparedRunsPage(runs));
    terminal.note(`${runs.length} runs compared: ${out}`);
  }
  for (const { folder, result } of runs) {
    if (json) terminal.out(JSON.stringify(result));
    else terminal.out(isQuickstart(result) ? quickstartText(folder, result) : resultText(folder, result));
  }
}

function readResult(folder: string): Result {
  const file = join(folder, 'result.json');
  if (!existsSync(file)) {
    const hint = existsSync(join(folder, 'config.json'))
      ? 'The run did not finish: continue it with --resume, or run it again.'
      : 'Name the folder of a run (warmstart runs lists them).';
    throw Object.assign(new Error(`report: ${folder} must hold result.json, got none. ${hint}`), {
      code: 'missing-result',
      file: folder,
    });
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const message = `report: ${file} must be JSON, got something else. Was it edited?`;
    throw Object.assign(new Error(message, { cause }), { code: 'malformed-result', file });
  }
}

function isQuickstart(result: object): result is QuickstartResult {
  return 'arms' in result && 'found' in result;
}

function quickstartText(folder: string, result: QuickstartResult): string {
  return [
    '',
    `${folder}: ${result.dataset}, seed ${result.seed}, ${result.labels} labels, ${result.seeds} draws`,
    '',
    ...comparisonTable(result),
    '',
    `  ${result.found}`,
    `  ${join(folder, 'report.html')}`,
  ].join('\n');
}

function resultText(folder: string, result: Result): string {
  const { command, dataset, seed } = result;
  return `${folder}: ${String(command)} on ${String(dataset)}${seed === undefined ? '' : `, seed ${String(seed)}`}: ${foundText(result)}\n  ${join(folder, 'report.html')}`;
}
