import * as tf from '@tensorflow/tfjs-core';
import { loadStateDict } from '@warmstart/core-checkpoint';
import { bert } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import type { InputSchema } from '@warmstart/transfer';
import type { Terminal } from '../terminal/terminal.js';
import { ModelFileError } from './model-file-error.js';
import type { NetworkOrigin } from './network-origin.js';
import { networkConfig, readNetworkTokenizer } from './network-tokenizer.js';
import { hostValues, type PublishedNetwork } from './row-features.js';

/** Tokens of a text at most: longer ones are cut. */
const longest = 128;

/** An encoder of BERT's shape: a text's features are the mean of its tokens' last states. */
export function openTextNetwork(
  dict: StateDict,
  { weights, vocabulary }: Omit<NetworkOrigin, 'sha256'>,
  terminal: Terminal,
): Omit<PublishedNetwork, 'origin'> {
  const [rowCount = 0] = shapeOf(dict, 'embeddings.word_embeddings.weight', weights);
  const tokenizer = readNetworkTokenizer(vocabulary, weights, rowCount);
  const { model, features, positionCount, settings } = bertOf(dict, weights, terminal);
  const definition = tokenizer.toJSON();
  const length = Math.min(longest, positionCount);
  const input: InputSchema = {
    kind: 'texts',
    tokenizer: definition,
    length,
    vocabularySize: tokenizer.size,
  };
  const paddingId = tokenizer.padId ?? 0;
  return {
    input,
    identity: JSON.stringify([settings, definition, length]),
    featureCount: features,
    batchSize: 16,
    features: (rows, count) =>
      hostValues(() => {
        const tokens = tf.cast(tf.tensor2d(rows, [count, length]), 'int32');
        const mask = tf.cast(tf.notEqual(tokens, paddingId), 'float32');
        const states = model.encode({ tokens, mask }); // [count, length, features]
        const weighted = tf.mul(states, tf.expandDims(mask, 2));
        return tf.div(tf.sum(weighted, 1), tf.maximum(tf.sum(mask, 1, true), 1));
      }),
  };
}

/** Any encoder of BERT's shape: its sizes are read off its tensors. */
function bertOf(dict: StateDict, weights: string, terminal: Terminal) {
  const [vocabularySize = 0, features = 0] = shapeOf(dict, 'embeddings.word_embeddings.weight', weights);
  const [positionCount = 0] = shapeOf(dict, 'embeddings.position_embeddings.weight', weights);
  const [hiddenFeatures = 0] = shapeOf(dict, 'encoder.layer.0.intermediate.dense.weight', weights);
  const settings = networkConfig(weights) ?? assumedConfig(features, weights, terminal);
  const layers = new Set([...dict.keys()].flatMap((key) => /^encoder\.layer\.(\d+)\./.exec(key)?.[1] ?? []));
  const model = bert({
    ...settings,
    ...{ vocabularySize, features, positionCount, hiddenFeatures },
    layerCount: layers.size,
    pooler: dict.has('pooler.dense.weight'),
    random: seededRandom(0),
  });
  loadStateDict(model, dict, { include: (key: string) => !key.startsWith('classifier') });
  return { model, features, positionCount, settings };
}

/** Heads leave no trace in the shapes: they are 64 wide but for the smallest networks' 32. */
function assumedConfig(features: number, weights: string, terminal: Terminal) {
  const headCount = Math.max(1, Math.round(features / (features >= 512 ? 64 : 32)));
  terminal.note(
    `${weights}: there is no config.json beside it; ${headCount} attention heads and GELU are assumed. Put the network's config.json there if it has others.`,
  );
  return { headCount };
}

function shapeOf(dict: StateDict, key: string, file: string): readonly number[] {
  const tensor = dict.get(key);
  if (tensor) return tensor.shape;
  throw new ModelFileError(
    `${file}: the file must hold ${key}, got ${[...dict.keys()].slice(0, 3).join(', ') || 'no tensors'}, … Is it another network's?`,
    file,
  );
}
