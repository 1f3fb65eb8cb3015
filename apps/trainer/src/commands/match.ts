import { LoadReport, matchWeights, type TensorOutline } from '@warmstart/core-checkpoint';
import { modelKeys, publishedWeights, zoo } from '@warmstart/models';
import type { Command } from 'commander';
import { openCheckpoint, skipUnknownFlag } from '../models/open-checkpoint.js';
import { addSelectionFlags, type SelectionFlags, selectionOf } from '../models/selection-flags.js';
import { AlreadyReported, UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

interface Flags extends SelectionFlags {
  skipUnknown: boolean;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', 'a network of the zoo, e.g. resnet50')
    .argument('<file>', 'a checkpoint, by the names of PyTorch, timm, Hugging Face, Keras, …');
  addSelectionFlags(command)
    .option(...skipUnknownFlag, false)
    .option('--json', 'print the report as JSON', false)
    .action(async (model: string, file: string, flags: Flags) => {
      const names = zoo().map(({ name }) => name);
      if (!names.includes(model)) {
        throw new UsageError(`match: there is no model "${model}". Known: ${names.join(', ')}.`);
      }
      const report = await match(model, file, flags, terminal);
      if (flags.json) terminal.out(JSON.stringify(report));
      else terminal.out([String(report), ...(isWhole(report) ? report.notes : [])].join('\n'));
      if (!report.ok) throw new AlreadyReported('match: the file does not fit the model.');
    });
}

/** PyTorch's sentence stands alone; what was done follows it here. */
function isWhole(report: LoadReport): boolean {
  return String(report).startsWith('<All');
}

/** Compares names and shapes only: no tensor of the checkpoint is read. Judges as `finetune` loads. */
async function match(model: string, file: string, flags: Flags, terminal: Terminal): Promise<LoadReport> {
  const { at, ...selection } = selectionOf(flags);
  const checkpoint = await openCheckpoint(file, terminal, { skipUnknown: flags.skipUnknown });
  try {
    const outlines = checkpoint.outlines({ at });
    const report = matchWeights(modelKeys(model), outlines, { ...publishedWeights(model), ...selection });
    const other = report.ok ? undefined : fittingNetwork(model, outlines);
    if (other === undefined) return report;
    return new LoadReport({
      ...report,
      hints: [...report.hints, `every tensor fits another network: ${other}`],
    });
  } finally {
    await checkpoint.close();
  }
}

/** Another network of the zoo that the whole file fits. */
function fittingNetwork(model: string, outlines: readonly TensorOutline[]): string | undefined {
  const others = zoo().filter(({ name, domain }) => name !== model && domain !== 'tables');
  return others.find(({ name }) => matchWeights(modelKeys(name), outlines, publishedWeights(name)).ok)?.name;
}
