import type { Command } from 'commander';
import { experiments } from '../experiments.js';
import { UsageError } from '../failure.js';
import type { Terminal } from '../terminal.js';
import { wholeNumber } from './flags.js';

interface Flags {
  seed: number;
  quick: boolean;
  out: string;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('[name]', 'which experiment; without it, the list')
    .option('--seed <n>', 'base of every random stream', wholeNumber, 0)
    .option('--quick', 'fewer seeds and draws: shows that it runs, proves nothing', false)
    .option('--out <folder>', 'where the JSON result goes', 'warmstart-runs/experiments')
    .option('--json', 'print the result as JSON', false)
    .action(async (name: string | undefined, flags: Flags) => {
      if (name === undefined) return list(terminal);
      const entry = experiments.find((experiment) => experiment.name === name);
      if (!entry) throw new UsageError(`experiments: there is no "${name}". Known: ${names()}.`);
      const { run } = await entry.load();
      const result = await run({ seed: flags.seed, quick: flags.quick, out: flags.out, terminal });
      if (flags.json) terminal.out(JSON.stringify(result));
    });
}

function list(terminal: Terminal): void {
  const width = Math.max(...experiments.map(({ name }) => name.length), 0);
  for (const { name, summary } of experiments) terminal.out(`${name.padEnd(width)}  ${summary}`);
}

function names(): string {
  return experiments.map(({ name }) => name).join(', ') || 'none yet';
}
