import { LoadReport, matchKeys, type StateDict, type TensorOutline } from '@warmstart/core-checkpoint';
import { modelKeys, recogniseConvention, zoo } from '@warmstart/models';
import type { Command } from 'commander';
import { openCheckpoint } from '../models/open-checkpoint.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

interface Flags {
  at?: string;
  stripPrefix?: string;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', 'a network of the zoo, e.g. resnet50')
    .argument('<file>', 'a checkpoint, by the names of PyTorch, timm, Hugging Face, Keras, …')
    .option('--at <path>', 'the branch of a nested file that holds the tensors, e.g. state_dict')
    .option('--strip-prefix <p>', 'take this off names that begin with it')
    .option('--json', 'print the report as JSON', false)
    .action(async (model: string, file: string, flags: Flags) => {
      const names = zoo().map(({ name }) => name);
      if (!names.includes(model)) {
        throw new UsageError(`match: there is no model "${model}". Known: ${names.join(', ')}.`);
      }
      const report = await match(model, file, flags, terminal);
      if (flags.json) terminal.out(JSON.stringify(report));
      else terminal.out([String(report), ...(report.ok ? report.hints : [])].join('\n'));
    });
}

/** Compares names and shapes only: no tensor of the checkpoint is read. */
async function match(
  model: string,
  file: string,
  { at, stripPrefix }: Flags,
  terminal: Terminal,
): Promise<LoadReport> {
  const checkpoint = await openCheckpoint(file, terminal);
  try {
    const outlines = checkpoint.outlines({ at, stripPrefix });
    const report = matchPublished(model, outlines);
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
  return others.find(({ name }) => matchPublished(name, outlines).ok)?.name;
}

/** Under the file's own names or, where these are another library's, as that library's table reads them. */
function matchPublished(model: string, outlines: readonly TensorOutline[]): LoadReport {
  const wanted = modelKeys(model);
  const standIns: StateDict = new Map(
    outlines.map(({ key, dtype, shape }) => [key, { dtype, shape, data: new Float32Array(0) }]),
  );
  const known = recogniseConvention(model, standIns);
  if (!known) return matchKeys(wanted, outlines);
  const renamed = [...known.stateDict].map(([key, { dtype, shape }]) => ({ key, dtype, shape }));
  const report = matchKeys(wanted, renamed);
  const { whose, reader } = known.convention;
  const hint = `the file has ${whose} names, read here as by loadStateDict(model, ${reader})`;
  return new LoadReport({ ...report, hints: [hint, ...report.hints] });
}
