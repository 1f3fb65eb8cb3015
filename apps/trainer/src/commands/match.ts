import { type LoadReport, matchKeys, type TensorOutline } from '@warmstart/core-checkpoint';
import { modelKeys, zoo } from '@warmstart/models';
import type { Command } from 'commander';
import { UsageError } from '../failure.js';
import { openCheckpoint } from '../open-checkpoint.js';
import type { Terminal } from '../terminal.js';

interface Flags {
  at?: string;
  stripPrefix?: string;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', 'a network of the zoo, e.g. resnet50')
    .argument('<file>', 'a checkpoint')
    .option('--at <path>', 'the branch of a nested file that holds the tensors, e.g. state_dict')
    .option('--strip-prefix <p>', 'take this off names that begin with it')
    .option('--json', 'print the report as JSON', false)
    .action(async (model: string, file: string, flags: Flags) => {
      const names = zoo().map(({ name }) => name);
      if (!names.includes(model)) {
        throw new UsageError(`match: there is no model "${model}". Known: ${names.join(', ')}.`);
      }
      const report = await match(modelKeys(model), file, flags, terminal);
      terminal.out(flags.json ? JSON.stringify(report) : String(report));
    });
}

/** Compares names and shapes only: no tensor of the checkpoint is read. */
async function match(
  wanted: readonly TensorOutline[],
  file: string,
  { at, stripPrefix }: Flags,
  terminal: Terminal,
): Promise<LoadReport> {
  const checkpoint = await openCheckpoint(file, terminal);
  try {
    return matchKeys(wanted, checkpoint.outlines({ at, stripPrefix }));
  } finally {
    await checkpoint.close();
  }
}
