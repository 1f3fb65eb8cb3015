import { type Difference, diff, printableText } from '@warmstart/core-checkpoint/files';
import type { Command } from 'commander';
import { openCheckpoint, skipUnknownFlag } from '../models/open-checkpoint.js';
import { AlreadyReported } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('<a>', 'a checkpoint')
    .argument('<b>', 'another')
    .option(...skipUnknownFlag, false)
    .option('--json', 'print the differences as JSON', false)
    .action(async (a: string, b: string, { json, skipUnknown }: { json: boolean; skipUnknown: boolean }) => {
      const difference = await compare(a, b, terminal, skipUnknown);
      terminal.out(json ? JSON.stringify(difference) : describe(difference));
      if (!difference.equal) throw new AlreadyReported('diff: the checkpoints differ.');
    });
}

async function compare(a: string, b: string, terminal: Terminal, skipUnknown: boolean): Promise<Difference> {
  const left = await openCheckpoint(a, terminal, { skipUnknown });
  try {
    const right = await openCheckpoint(b, terminal, { skipUnknown });
    try {
      return await diff(left, right);
    } finally {
      await right.close();
    }
  } finally {
    await left.close();
  }
}

function describe({ equal, onlyInA, onlyInB, changed, shape }: Difference): string {
  if (equal) return 'equal: the same names, dtypes, shapes and bytes';
  return [
    ...onlyInA.map((key) => `only in A  ${key}`),
    ...onlyInB.map((key) => `only in B  ${key}`),
    ...shape.map(({ key, a, b }) => `shape      ${key}: [${a}] and [${b}]`),
    ...changed.map(
      ({ key, maxAbs, dtype }) =>
        `changed    ${key}: by up to ${maxAbs ?? 'no number'}${dtype ? ` (${dtype.join(' and ')})` : ''}`,
    ),
  ]
    .map(printableText)
    .join('\n');
}
