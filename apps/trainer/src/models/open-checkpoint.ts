import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Checkpoint,
  CheckpointError,
  type Hdf5Module,
  type OpenOptions,
  open,
} from '@warmstart/core-checkpoint/files';
import type { Terminal } from '../terminal/terminal.js';

/** For commands that open checkpoints. */
export const skipUnknownFlag = [
  '--skip-unknown',
  'leave out objects that are no data (an argparse.Namespace beside the weights), instead of refusing the file',
] as const;

/** Opens a checkpoint named on the command line: a file, or the folder of one that has several. */
export async function openCheckpoint(
  path: string,
  { signal }: Pick<Terminal, 'signal'>,
  { skipUnknown = false }: { skipUnknown?: boolean } = {},
): Promise<Checkpoint> {
  const file = fileOf(path);
  const options: OpenOptions = { signal, onUnknown: skipUnknown ? 'skip' : 'error' };
  try {
    return await open(file, options);
  } catch (error) {
    if (!(error instanceof CheckpointError && error.code === 'missing-peer')) throw error;
    // only the part of the module that is used is declared
    const hdf5 = (await import('h5wasm')) as unknown as Hdf5Module;
    return open(file, { ...options, hdf5 });
  }
}

/** A TensorFlow.js model or a sharded checkpoint is a folder with one file that describes it. */
function fileOf(path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  const names = readdirSync(path);
  const index =
    names.find((name) => name === 'model.json') ??
    names.find((name) => name.endsWith('.safetensors.index.json'));
  if (index !== undefined) return join(path, index);
  throw new CheckpointError('unknown-format', 'is a folder without model.json or an index of shards', {
    file: path,
    hint: 'Name the checkpoint file in it.',
  });
}
