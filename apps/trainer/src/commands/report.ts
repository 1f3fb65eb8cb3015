import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { QuickstartResult } from '../quickstart/result.js';
import { comparisonTable } from '../quickstart/verdict.js';
import type { Terminal } from '../terminal.js';

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('<run...>', 'folders of finished quickstart runs, e.g. warmstart-runs/quickstart/spambase')
    .option('--json', 'print what each run found as JSON', false)
    .addHelpText('after', '\nExample:\n  warmstart report runs/seed-0/dna-splice runs/seed-1/dna-splice')
    .action((folders: string[], { json }: { json: boolean }) => {
      // every run is read before the first is shown: a wrong path leaves no half of an answer
      const results = folders.map((folder) => ({ folder, result: readResult(folder) }));
      for (const { folder, result } of results) {
        if (json) terminal.out(JSON.stringify(result));
        else terminal.out(resultText(folder, result));
      }
    });
}

function readResult(folder: string): QuickstartResult {
  const file = join(folder, 'result.json');
  if (!existsSync(file)) {
    const hint = existsSync(join(folder, 'config.json'))
      ? 'The run did not finish; run it again.'
      : 'Name the folder of a quickstart run.';
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

function resultText(folder: string, result: QuickstartResult): string {
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
