import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { foundText } from '../runs/found-text.js';
import { type ListedRun, listRuns } from '../runs/list-runs.js';
import type { Terminal } from '../terminal/terminal.js';

const defaultFolder = 'warmstart-runs';

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('[folder]', 'where runs lie', defaultFolder)
    .option('--json', 'print one JSON object per run', false)
    .addHelpText(
      'after',
      '\nExamples:\n  warmstart runs\n  warmstart report $(warmstart runs --json | jq -r .folder)',
    )
    .action((folder: string, { json }: { json: boolean }) => {
      if (folder !== defaultFolder && !existsSync(folder)) throw missingFolder(folder);
      const runs = listRuns(folder);
      if (json) for (const run of runs) terminal.out(JSON.stringify(run));
      else if (runs.length === 0)
        terminal.out(`There are no runs in ${folder}. Begin with: warmstart pretrain --data my.csv`);
      else terminal.out(tableText(runs));
    });
}

function tableText(runs: readonly ListedRun[]): string {
  const rows = runs.map(({ folder, command, data, state, step, changed, result }) => [
    folder,
    command,
    data,
    state === 'finished'
      ? foundText(result ?? {})
      : `stopped${step === undefined ? '' : ` at step ${step}`}: --resume --out ${folder}`,
    changed.slice(0, 16).replace('T', ' '),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows
    .map(([folder = '', command = '', data = '', found = '', changed = '']) =>
      `${changed}  ${folder.padEnd(widths[0] as number)}  ${command.padEnd(widths[1] as number)}  ${data.padEnd(widths[2] as number)}  ${found}`.trimEnd(),
    )
    .join('\n');
}

function missingFolder(folder: string): Error {
  const message = `runs: there is no folder ${folder}. Name the folder above your runs.`;
  return Object.assign(new Error(message), { code: 'missing-folder', file: folder });
}
