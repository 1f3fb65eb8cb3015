import * as tf from '@tensorflow/tfjs-core';
import { type Checkpoint, loadStateDict, loadWeights, readWeights } from '@warmstart/core-checkpoint';
import type { Batch, Columns } from '@warmstart/datasets';
import { requireOnlyHeadMissing } from '@warmstart/finetune-heads';
import {
  bert,
  expressionTokens,
  type ImageClassifier,
  imagePreparation,
  modelKeys,
  publishedWeights,
  scbert,
  zoo,
} from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import type { DataKind } from '../data/source.js';
import { openWeights } from '../models/open-checkpoint.js';
import { closest } from '../terminal/closest.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { ModelFileError } from './model-file.js';
import { networkConfig, readNetworkTokenizer } from './network-tokenizer.js';

/** A published network with its weights, ready to describe rows. */
export interface PublishedNetwork {
  /** What it can describe. */
  kinds: readonly DataKind[];
  featureCount: number;
  /** What its features depend on beside the weights: settings and tokenizer, as text. */
  identity?: string;
  batchSize: number;
  /** Images are brought to this size first. */
  imageSize?: { size: number; shorterSide: number };
  /** Features of rows `start` to before `end`, [end − start, featureCount]. */
  features(rows: Batch<Columns>, start: number, end: number, name: string): Promise<Float32Array>;
  dispose(): void;
}

/** Networks that give features of rows. */
export function publishedNames(): string[] {
  return zoo()
    .filter(({ name, domain }) => domain === 'vision' || isBert(name) || name === 'scbert')
    .map(({ name }) => name);
}

/** Of BERT's shape, with word pieces. */
function isBert(name: string): boolean {
  return name === 'bert_base' || name === 'minilm_l6';
}

/**
 * Opens a network and the file with its published weights.
 *
 * @throws UsageError for an unknown network; the error of the load if the file does not fit it
 */
export async function openPublished(
  model: string,
  files: { weights: string; vocabulary: string | undefined },
  terminal: Terminal,
): Promise<PublishedNetwork> {
  if (!publishedNames().includes(model)) {
    const guess = closest(model, publishedNames());
    throw new UsageError(
      `there is no network "${model}" to take features from. ${guess ? `Did you mean ${guess}?` : `Known: ${publishedNames().join(', ')}.`}`,
    );
  }
  const checkpoint = await openWeights(files.weights, terminal);
  try {
    const say = (notes: readonly string[]) => {
      for (const note of notes) terminal.note(`${files.weights}: ${note}`);
    };
    if (!isBert(model) && model !== 'scbert') {
      return await openVision(model, checkpoint, say);
    }
    const { dict, notes } = await readWeights(modelKeys(model), checkpoint, publishedWeights(model));
    say(notes);
    return model === 'scbert' ? openScBert(dict, files.weights) : openBert(dict, files, terminal);
  } finally {
    await checkpoint.close();
  }
}

async function openVision(
  model: string,
  checkpoint: Checkpoint,
  say: (notes: readonly string[]) => void,
): Promise<PublishedNetwork> {
  const entry = zoo().find(({ name }) => name === model);
  const network = entry?.create({ random: seededRandom(0) }) as unknown as ImageClassifier; // of the vision domain
  say((await loadWeights(network, checkpoint, publishedWeights(model))).notes);
  const { cropTo: size, resizeTo: shorterSide, mean, deviation } = imagePreparation(model);
  return {
    kinds: ['images'],
    featureCount: network.featureCount,
    batchSize: 8,
    imageSize: { size, shorterSide },
    dispose: () => network.dispose(),
    async features({ columns }, start, end) {
      const width = size * size * 3;
      const pixels = (columns.image as Uint8Array).subarray(start * width, end * width);
      return hostValues(() => {
        const images = tf.cast(tf.tensor4d(pixels, [end - start, size, size, 3], 'int32'), 'float32');
        const scaled = tf.sub(tf.div(images, 255), tf.tensor1d([...mean]));
        return network.features(tf.div(scaled, tf.tensor1d([...deviation])));
      });
    },
  };
}

function openBert(
  dict: StateDict,
  { weights, vocabulary: given }: { weights: string; vocabulary: string | undefined },
  terminal: Terminal,
): PublishedNetwork {
  const [rowCount = 0] = shapeOf(dict, 'embeddings.word_embeddings.weight', weights);
  const tokenizer = readNetworkTokenizer(given, weights, rowCount);
  const { model, features, positionCount, identity } = bertOf(dict, weights, terminal);
  const length = { maxLength: Math.min(128, positionCount), padTo: 'longest' } as const;
  return {
    kinds: ['texts'],
    featureCount: features,
    identity: identity + JSON.stringify(tokenizer),
    batchSize: 16,
    dispose: () => model.dispose(),
    async features({ columns }, start, end) {
      const encoded = tokenizer.encode((columns.text as string[]).slice(start, end), length);
      return hostValues(() => {
        const states = model.encode(encoded); // [batch, length, features]
        const mask = tf.expandDims(tf.tensor2d(encoded.mask, undefined, 'float32'), 2);
        return tf.div(tf.sum(tf.mul(states, mask), 1), tf.sum(mask, 1)); // the mean of the tokens that are there
      });
    },
  };
}

/** Any encoder of BERT's shape: its sizes are read off its tensors. */
function bertOf(dict: StateDict, weights: string, terminal: Terminal) {
  const [vocabularySize = 0, features = 0] = shapeOf(dict, 'embeddings.word_embeddings.weight', weights);
  const [positionCount = 0] = shapeOf(dict, 'embeddings.position_embeddings.weight', weights);
  const [hiddenFeatures = 0] = shapeOf(dict, 'encoder.layer.0.intermediate.dense.weight', weights);
  const pooler = dict.has('pooler.dense.weight');
  const settings = networkConfig(weights) ?? assumedConfig(features, weights, terminal);
  const model = bert({
    ...settings,
    vocabularySize,
    features,
    positionCount,
    hiddenFeatures,
    layerCount: layerCountOf(dict, /^encoder\.layer\.(\d+)\./),
    pooler,
    random: seededRandom(0),
  });
  loadStateDict(model, dict);
  return { model, features, positionCount, identity: JSON.stringify(settings) };
}

/** Heads leave no trace in the shapes: they are 64 wide but for the smallest networks' 32. */
function assumedConfig(features: number, weights: string, terminal: Terminal) {
  const headCount = Math.max(1, Math.round(features / (features >= 512 ? 64 : 32)));
  terminal.note(
    `${weights}: there is no config.json beside it; ${headCount} attention heads and GELU are assumed. Put the network's config.json there if it has others.`,
  );
  return { headCount };
}

function openScBert(dict: StateDict, weights: string): PublishedNetwork {
  const { model, geneCount, features } = scBertOf(dict, weights);
  return {
    kinds: ['counts'],
    featureCount: features,
    batchSize: 1,
    dispose: () => model.dispose(),
    async features({ columns, rowCount }, start, end, name) {
      const counts = columns.features as Float32Array; // counts are numbers
      const genes = counts.length / rowCount;
      if (genes !== geneCount) {
        throw new ModelFileError(
          `${name}: scBERT needs its ${geneCount} genes in its own order, got ${genes} columns. Bring the matrix to that order first.`,
          name,
        );
      }
      const cells = Array.from({ length: end - start }, (_, row) =>
        counts.subarray((start + row) * genes, (start + row + 1) * genes),
      );
      return hostValues(() => model.features(expressionTokens(cells)));
    },
  };
}

function scBertOf(dict: StateDict, weights: string) {
  const [tokenCount = 0, features = 0] = shapeOf(dict, 'token_emb.weight', weights);
  const [positions = 0] = shapeOf(dict, 'pos_emb.emb.weight', weights);
  const geneCount = positions - 1;
  const attention = 'performer.net.layers.0.0.fn.';
  const [randomFeatures = 0, headFeatures = 1] = shapeOf(
    dict,
    `${attention}fast_attention.projection_matrix`,
    weights,
  );
  const [allHeads = 0] = shapeOf(dict, `${attention}to_q.weight`, weights);
  const model = scbert({
    geneCount,
    tokenCount,
    features,
    layerCount: layerCountOf(dict, /^performer\.net\.layers\.(\d+)\./),
    headCount: allHeads / headFeatures,
    headFeatures,
    randomFeatures,
    random: seededRandom(0),
  });
  requireOnlyHeadMissing(loadStateDict(model, dict, { strict: false }), 'to_out.');
  return { model, geneCount, features };
}

/** How many different numbers a pattern finds in the keys. */
function layerCountOf(dict: StateDict, number: RegExp): number {
  return new Set([...dict.keys()].flatMap((key) => number.exec(key)?.[1] ?? [])).size;
}

function shapeOf(dict: StateDict, key: string, file: string): readonly number[] {
  const tensor = dict.get(key);
  if (tensor) return tensor.shape;
  throw new ModelFileError(
    `${file}: the file must hold ${key}, got ${[...dict.keys()].slice(0, 3).join(', ') || 'no tensors'}, … Is it another network's?`,
    file,
  );
}

async function hostValues(make: () => tf.Tensor): Promise<Float32Array> {
  const values = tf.tidy(make);
  try {
    return (await values.data()) as Float32Array;
  } finally {
    values.dispose();
  }
}
