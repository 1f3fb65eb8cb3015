import { modelKeys, zoo } from '@warmstart/models';
import type { Command } from 'commander';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

export function configure(command: Command, terminal: Terminal): void {
  command.option('--json', 'print the list as JSON', false).action(({ json }: { json: boolean }) => {
    list(json, terminal);
  });
  command
    .command('keys')
    .description("a network's state dict: names, dtypes and shapes, in PyTorch's order")
    .argument('<name>', 'one of the list')
    .option('--json', 'print [{"key","dtype","shape"}]', false)
    .action((name: string, flags: { json: boolean }) => {
      const json = flags.json || command.opts<{ json: boolean }>().json;
      keys(name, json, terminal);
    });
}

function list(json: boolean, terminal: Terminal): void {
  const entries = zoo().map(({ name, domain, paper }) => {
    const listed = modelKeys(name);
    const tensors = listed.length;
    return { name, domain, tensors, numbers: listed.reduce((sum, { shape }) => sum + size(shape), 0), paper };
  });
  if (json) {
    terminal.out(JSON.stringify(entries));
    return;
  }
  for (const { name, domain, tensors, numbers, paper } of entries) {
    const millions = `${(numbers / 1e6).toFixed(1)} M`;
    terminal.out(
      `${name.padEnd(16)}  ${domain.padEnd(6)}  ${millions.padStart(8)}  ${String(tensors).padStart(4)} tensors  ${paper}`,
    );
  }
}

function keys(name: string, json: boolean, terminal: Terminal): void {
  const known = zoo().map((entry) => entry.name);
  if (!known.includes(name)) {
    throw new UsageError(`models keys: there is no "${name}". Known: ${known.join(', ')}.`);
  }
  const listed = modelKeys(name);
  if (json) {
    terminal.out(JSON.stringify(listed));
    return;
  }
  for (const { key, dtype, shape } of listed) terminal.out(`${key}  ${dtype}  [${shape.join(', ')}]`);
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
