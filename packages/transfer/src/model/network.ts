import * as tf from '@tensorflow/tfjs-core';
import { loadStateDict } from '@warmstart/core-checkpoint';
import { type EncoderWithHead, type LinearHead, linearHead, withHead } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/random';
import type { HostTensor, Random, StateDict } from '@warmstart/shapes';
import { predict } from '@warmstart/training';
import { type Architecture, type Encoder, featureCountOf, newEncoder } from '../encoders/architecture.js';
import { blocksOf, inputOf, type PreparedRows } from '../rows/prepared-rows.js';
import type { HeadWeights } from '../tuning/task.js';

/** An encoder with a linear head, on the backend: paths `encoder.…` and `head.…`. */
export type Network = EncoderWithHead<Encoder, LinearHead>;

/**
 * A network with a new head; the caller disposes it.
 *
 * @param weights - of the encoder; without them, new ones
 */
export function newNetwork(
  architecture: Architecture,
  outputCount: number,
  seed: number,
  weights?: StateDict,
): Network {
  const encoder = newEncoder(architecture, seededRandom(seed, 'encoder'));
  if (weights && weights.size > 0) loadStateDict(encoder, weights);
  return withHead(encoder, newHead(architecture, outputCount, seededRandom(seed, 'head')));
}

/** A network as it was saved; the caller disposes it. @throws StateDictMismatchError */
export function savedNetwork(architecture: Architecture, outputCount: number, weights: StateDict): Network {
  const network = newNetwork(architecture, outputCount, 0);
  try {
    loadStateDict(network, weights);
    return network;
  } catch (error) {
    network.dispose();
    throw error;
  }
}

function newHead(architecture: Architecture, outputCount: number, random: Random): LinearHead {
  return linearHead(featureCountOf(architecture), outputCount, { random });
}

/** Puts a linear model into the head. */
export function assignHead(network: Network, { weight, bias }: HeadWeights): void {
  const { weight: weights, bias: biases } = network.head;
  tf.tidy(() => {
    weights.variable.assign(tf.tensor(weight, weights.variable.shape));
    biases.variable.assign(tf.tensor1d(bias));
  });
}

/** What a network says of rows, on the host: [rowCount, outputCount]. */
export async function outputsOf(
  network: Network,
  rows: PreparedRows,
  signal?: AbortSignal,
): Promise<HostTensor> {
  if (rows.rowCount === 0) return { data: new Float32Array(), shape: [0, network.head.outFeatures] };
  return predict({
    call: (block: PreparedRows) => network.call(inputOf(block)),
    batches: blocksOf(rows, blockRows),
    ...(signal ? { signal } : {}),
  });
}

/** What the encoder makes of rows, on the host: [rowCount, featureCount]. */
export async function featuresOf(
  network: Network,
  rows: PreparedRows,
  signal?: AbortSignal,
): Promise<{ data: Float32Array; shape: number[] }> {
  return predict({
    call: (block: PreparedRows) => network.features(inputOf(block)),
    batches: blocksOf(rows, blockRows),
    ...(signal ? { signal } : {}),
  });
}

/** Rows of one pass through a network: few enough for what an encoder of images or texts needs on the way. */
const blockRows = 256;
