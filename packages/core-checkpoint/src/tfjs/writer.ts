import { CheckpointError } from '../errors.js';
import { sha256 } from '../sha256.js';
import { bytesOf } from '../tensors/dtypes.js';
import { checkTensor, type StateDict } from '../tensors/named-tensor.js';
import { joined, storedTypes } from './reader.js';

/** Finds, in the text of a `model.json`, the shards that this writer named. */
export const writtenWeights = /weights-[0-9a-f]{8}-shard\d+of\d+\.bin/g;

/**
 * A state dict as the files of a TensorFlow.js model folder: `model.json` and its weights. Shards are named
 * by their content, so a folder that is saved again holds the old model until `model.json` is replaced.
 *
 * @param options.topology - the architecture that `tf.loadLayersModel` builds, by whose names the dict goes
 * @returns contents by file name, `model.json` last
 * @throws CheckpointError `unsupported-dtype` if TensorFlow.js has no such dtype
 */
export async function encodeTfjs(
  dict: StateDict,
  { topology, shardBytes = 4 * 2 ** 20 }: { topology?: unknown; shardBytes?: number } = {},
): Promise<[string, Uint8Array][]> {
  const weights = [...dict].map(([name, tensor]) => {
    const { name: dtype } = checkTensor('save', name, tensor);
    if (!storedTypes.has(dtype)) {
      throw new CheckpointError('unsupported-dtype', `TensorFlow.js has no ${dtype}`, {
        key: name,
        during: 'save',
        hint: 'Convert it to float32 or int32.',
      });
    }
    return { name, shape: [...tensor.shape], dtype };
  });
  const all = joined([...dict.values()].map(({ data }) => bytesOf(data)));
  const digest = (await sha256([all])).slice(0, 8);
  const count = Math.max(1, Math.ceil(all.byteLength / shardBytes));
  const shards = Array.from({ length: count }, (_, i): [string, Uint8Array] => [
    `weights-${digest}-shard${i + 1}of${count}.bin`,
    all.subarray(i * shardBytes, (i + 1) * shardBytes),
  ]);
  const model = {
    format: topology === undefined ? 'weights' : 'layers-model',
    generatedBy: '@warmstart/core-checkpoint',
    convertedBy: null,
    ...(topology !== undefined && { modelTopology: topology }),
    weightsManifest: [{ paths: shards.map(([name]) => name), weights }],
  };
  return [...shards, ['model.json', new TextEncoder().encode(`${JSON.stringify(model)}\n`)]];
}
