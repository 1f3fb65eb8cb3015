import { extname } from 'node:path';
import { save } from '@warmstart/core-checkpoint/files';
import type { Command } from 'commander';
import { openCheckpoint, skipUnknownFlag } from '../models/open-checkpoint.js';
import { addSelectionFlags, type SelectionFlags, selectionOf } from '../models/selection-flags.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

interface Flags extends SelectionFlags {
  shardBytes?: number;
  skipUnknown: boolean;
  json: boolean;
}

const extensions = ['', '.pt', '.pth', '.bin', '.safetensors', '.npz'];

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('<in>', 'a checkpoint of any format')
    .argument(
      '<out>',
      'a .pt, .safetensors or .npz file, NAME.safetensors.index.json for shards, or a folder for a TensorFlow.js model.json',
    );
  addSelectionFlags(command)
    .option('--shard-bytes <n>', 'for an index: bytes of tensors in one shard (default: 5 GB)', Number)
    .option(...skipUnknownFlag, false)
    .option('--json', 'print the result as JSON', false)
    .action((input: string, output: string, flags: Flags) => convert(input, output, flags, terminal));
}

async function convert(input: string, output: string, flags: Flags, terminal: Terminal): Promise<void> {
  const sharded = output.endsWith('.safetensors.index.json');
  if (!sharded && !output.endsWith('/') && !extensions.includes(extname(output).toLowerCase())) {
    throw new UsageError(
      `convert: <out> must end in .pt, .safetensors, .npz or .safetensors.index.json, or be a folder, got "${output}".`,
    );
  }
  const { shardBytes, skipUnknown, json } = flags;
  if (shardBytes !== undefined && !(sharded && Number.isSafeInteger(shardBytes) && shardBytes > 0)) {
    throw new UsageError(
      'convert: --shard-bytes must be a whole number above 0, for an <out> that ends in .safetensors.index.json.',
    );
  }
  const checkpoint = await openCheckpoint(input, terminal, { skipUnknown });
  try {
    const dict = await checkpoint.stateDict({ ...selectionOf(flags), signal: terminal.signal });
    const texts =
      checkpoint.format === 'safetensors' && (sharded || extname(output).toLowerCase() === '.safetensors');
    // between two safetensors files the notes travel along; other formats have no place for them
    const metadata = texts ? (checkpoint.metadata as Record<string, string>) : {};
    const { byteLength } = await save(output, dict, { metadata, ...(shardBytes && { shardBytes }) });
    if (json) terminal.out(JSON.stringify({ file: output, tensors: dict.size, bytes: byteLength }));
    else terminal.out(`${output}: ${dict.size} tensors, ${byteLength.toLocaleString('en')} bytes`);
  } finally {
    await checkpoint.close();
  }
}
