import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { PretrainedEncoder } from './encoder.js';

/**
 * Keeps pre-trained encoders beside an experiment's results, so that a continued run does not train them again.
 *
 * @param prefix - of the files: folder, data set, kind of encoder, seed and number of steps
 */
export function encoderStore(prefix: string) {
  return async (
    kind: 'masked' | 'unmasked',
    pretrain: () => Promise<PretrainedEncoder>,
  ): Promise<PretrainedEncoder> => {
    const file = `${prefix}-${kind}.bin`;
    const kept = read(file);
    if (kept) return kept;
    const made = await pretrain();
    writeFileSync(file, serialize(made));
    return made;
  };
}

function read(file: string): PretrainedEncoder | undefined {
  try {
    return deserialize(readFileSync(file)) as PretrainedEncoder; // written below
  } catch {
    return undefined;
  }
}
