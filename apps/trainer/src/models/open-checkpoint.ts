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

/** Opens a file for its weights alone: objects beside them that are not data are left out, and it is said. */
export async function openWeights(
  path: string,
  terminal: Pick<Terminal, 'signal' | 'note'>,
): Promise<Checkpoint> {
  try {
    return await openCheckpoint(path, terminal);
  } catch (error) {
    if (!(error instanceof CheckpointError && error.code === 'unsafe-global')) throw error;
    const checkpoint = await openCheckpoint(path, terminal, { skipUnknown: true });
    if (checkpoint.keys().length > 0) {
      terminal.note(
        `${path}: objects that are not data were left out, as by --skip-unknown; nothing was run.`,
      );
      return checkpoint;
    }
    await checkpoint.close();
    throw error;
  }
}

/** Many programs save a folder, with one file that is the checkpoint or describes it. */
function fileOf(path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  const names = readdirSync(path).sort();
  const found = folderFiles.map((pattern) => names.find((name) => pattern.test(name))).find(Boolean);
  if (found !== undefined) return join(path, found);
  const piece = names.find((name) => name.endsWith('.distcp'));
  if (piece !== undefined) return join(path, piece); // says what the folder is
  throw new CheckpointError('unknown-format', 'is a folder without a checkpoint of a known name', {
    file: path,
    hint: 'Name the checkpoint file in it.',
  });
}

/** What describes or is the checkpoint of a folder: TensorFlow.js's, Hugging Face's, diffusers', PEFT's. */
const folderFiles = [
  /^model\.json$/,
  /\.safetensors\.index\.json$/,
  /\.bin\.index\.json$/,
  /^(model|diffusion_pytorch_model|adapter_model)\.safetensors$/,
  /^(pytorch_model|diffusion_pytorch_model|adapter_model)\.bin$/,
];
