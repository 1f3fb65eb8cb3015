import * as tf from '@tensorflow/tfjs-core';
import { type Checkpoint, loadWeights, readWeights } from '@warmstart/core-checkpoint';
import { type ImageClassifier, imagePreparation, modelKeys, publishedWeights, zoo } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import type { InputSchema } from '@warmstart/transfer';
import { closest } from '../terminal/closest.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { ModelFileError } from './model-file-error.js';
import { digestOf, type NetworkOrigin } from './network-origin.js';
import { openWeights } from './open-checkpoint.js';
import { hostValues, type PublishedNetwork } from './row-features.js';

/** Networks that give features of rows. */
export function publishedNames(): string[] {
  return zoo()
    .filter(({ name, domain }) => domain === 'vision' || isBert(name))
    .map(({ name }) => name);
}

/** Of BERT's shape, with word pieces. */
function isBert(name: string): boolean {
  return name === 'bert_base' || name === 'minilm_l6';
}

/** @throws UsageError if the flags do not name a network and its file */
export function requireNetworkFiles({
  model,
  weights,
  vocabulary,
}: Record<'model' | 'weights' | 'vocabulary', string | undefined>): Omit<NetworkOrigin, 'sha256'> {
  if (model === undefined) {
    throw new UsageError(`finetune: --weights needs --model, one of ${publishedNames().join(', ')}.`);
  }
  if (!publishedNames().includes(model)) {
    const guess = closest(model, publishedNames());
    throw new UsageError(
      `there is no network "${model}" to take features from. ${guess ? `Did you mean ${guess}?` : `Known: ${publishedNames().join(', ')}.`}`,
    );
  }
  if (weights === undefined) {
    throw new UsageError(
      `finetune: --model ${model} needs --weights: the file with its published weights, e.g. from torchvision or Hugging Face.`,
    );
  }
  return { model, weights, ...(vocabulary === undefined ? {} : { vocabulary }) };
}

/**
 * Opens a network and the file with its published weights.
 *
 * @throws the error of the load if the file does not fit it
 */
export async function openNetwork(
  files: Omit<NetworkOrigin, 'sha256'>,
  terminal: Terminal,
): Promise<PublishedNetwork> {
  const { model, weights } = files;
  const origin: NetworkOrigin = { ...files, sha256: await digestOf(weights) };
  const checkpoint = await openWeights(weights, terminal);
  const say = (notes: readonly string[]) => {
    for (const note of notes) terminal.note(`${weights}: ${note}`);
  };
  try {
    if (!isBert(model)) return { origin, ...(await openVision(model, checkpoint, say)) };
    const { dict, notes } = await readWeights(modelKeys(model), checkpoint, publishedWeights(model));
    say(notes);
    const { openTextNetwork } = await import('./text-network.js');
    return { origin, ...openTextNetwork(dict, files, terminal) };
  } finally {
    await checkpoint.close();
  }
}

/**
 * The network of a model that was made on one.
 *
 * @throws ModelFileError if its weights are not there, or are others
 */
export async function reopenNetwork(origin: NetworkOrigin, terminal: Terminal): Promise<PublishedNetwork> {
  const { model, weights, sha256 } = origin;
  const found = await digestOf(weights).catch((cause: unknown) => {
    throw Object.assign(
      new ModelFileError(
        `${weights}: the model needs the weights of ${model}, got no such file. Say where they are with --weights.`,
        weights,
      ),
      { cause },
    );
  });
  if (found === sha256) return openNetwork(origin, terminal);
  throw new ModelFileError(
    `${weights}: these are not the weights the model was made with (SHA-256 ${found.slice(0, 12)}…, expected ${sha256.slice(0, 12)}…). Say where those are with --weights.`,
    weights,
  );
}

type Opened = Omit<PublishedNetwork, 'origin'>;

async function openVision(
  model: string,
  checkpoint: Checkpoint,
  say: (notes: readonly string[]) => void,
): Promise<Opened> {
  const entry = zoo().find(({ name }) => name === model);
  const network = entry?.create({ random: seededRandom(0) }) as unknown as ImageClassifier; // of the vision domain
  say((await loadWeights(network, checkpoint, publishedWeights(model))).notes);
  const { cropTo: size, resizeTo: shorterSide, mean, deviation } = imagePreparation(model);
  const input: InputSchema = {
    ...{ kind: 'images', size, shorterSide, interpolation: 'bilinear' },
    ...{ mean: [...mean], deviation: [...deviation] },
  };
  return {
    input,
    identity: JSON.stringify(input),
    featureCount: network.featureCount,
    batchSize: 8,
    features: (rows, rowCount) =>
      hostValues(() => network.features(tf.tensor4d(rows, [rowCount, size, size, 3]))),
  };
}
