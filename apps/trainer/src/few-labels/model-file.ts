import { existsSync } from 'node:fs';
import { save } from '@warmstart/core-checkpoint';
import { openCheckpoint } from '../open-checkpoint.js';
import type { Terminal } from '../terminal.js';
import type { EncoderWeights } from './encoder.js';

/** A model's weights and what they are for. */
export interface ModelFile {
  weights: EncoderWeights;
  metadata: Record<string, string>;
}

/** Saves weights as safetensors, with text that says what they are. */
export async function saveModel(path: string, { weights, metadata }: ModelFile): Promise<void> {
  const tensors = new Map([...weights].map(([key, value]) => [key, { dtype: 'float32', ...value }]));
  await save(path, tensors, { metadata });
}

/**
 * Reads what {@link saveModel} wrote.
 *
 * @throws Error if the file was made from other data, naming both
 */
export async function readModel(path: string, dataset: string, terminal: Terminal): Promise<ModelFile> {
  if (!existsSync(path)) {
    throw Object.assign(new Error(`${path}: there is no such file. Check the path.`), {
      code: 'ENOENT',
      file: path,
    });
  }
  const checkpoint = await openCheckpoint(path, terminal);
  try {
    const metadata = Object.fromEntries(
      Object.entries(checkpoint.metadata).map(([key, value]) => [key, String(value)]),
    );
    if (metadata.dataset !== dataset) {
      throw new Error(
        `${path}: the file must hold a model for ${dataset}, got one for ${metadata.dataset ?? 'nothing it names'}. Give --data the set it was trained on.`,
      );
    }
    const weights: EncoderWeights = new Map();
    for (const [key, { data, shape }] of await checkpoint.stateDict()) {
      weights.set(key, { data: data as Float32Array, shape: [...shape] }); // saved as float32 above
    }
    return { weights, metadata };
  } finally {
    await checkpoint.close();
  }
}
