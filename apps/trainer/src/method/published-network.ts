import * as tf from '@tensorflow/tfjs-core';
import { loadStateDict, type StateDict } from '@warmstart/core-checkpoint';
import type { Batch, Columns } from '@warmstart/datasets';
import { requireOnlyHeadMissing } from '@warmstart/finetune-heads';
import {
  bert,
  expressionTokens,
  fromHuggingFaceBert,
  fromScBertCheckpoint,
  type ImageClassifier,
  imagePreparation,
  scbert,
  wordPiece,
  zoo,
} from '@warmstart/models';
import { seededRandom } from '@warmstart/nn';
import type { DataKind } from '../data/source.js';
import { openCheckpoint } from '../models/open-checkpoint.js';
import { closest } from '../terminal/closest.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';
import { ModelFileError } from './model-file.js';
import { headsInConfig, readVocabulary } from './vocabulary.js';

/** A published network with its weights, ready to describe rows. */
export interface PublishedNetwork {
  /** What it can describe. */
  kinds: readonly DataKind[];
  featureCount: number;
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
  const dict = await readWeights(files.weights, terminal);
  if (isBert(model)) return openBert(fromHuggingFaceBert(dict), files);
  if (model === 'scbert') return openScBert(fromScBertCheckpoint(dict), files.weights);
  return openVision(model, dict);
}

/** The tensors of a file; where they lie in a branch of it, that branch. */
async function readWeights(file: string, terminal: Terminal): Promise<StateDict> {
  const checkpoint = await openCheckpoint(file, terminal);
  try {
    const branch = ['state_dict', 'model_state_dict', 'model'].find((name) =>
      checkpoint.keys().some((key) => key.startsWith(`${name}.`)),
    );
    return await checkpoint.stateDict(branch === undefined ? {} : { at: branch });
  } finally {
    await checkpoint.close();
  }
}

function openVision(model: string, dict: StateDict): PublishedNetwork {
  const entry = zoo().find(({ name }) => name === model);
  const network = entry?.create({ random: seededRandom(0) }) as unknown as ImageClassifier; // of the vision domain
  loadStateDict(network, dict);
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
): PublishedNetwork {
  const { model, vocabularySize, features, positionCount } = bertOf(dict, weights);
  const vocabulary = readVocabulary(given, weights);
  if (vocabulary.length > vocabularySize) {
    model.dispose();
    throw new ModelFileError(
      `${given ?? 'vocab.txt'}: the vocabulary must have the ${vocabularySize} words of ${weights}, got ${vocabulary.length}. Is it another network's?`,
      given ?? weights,
    );
  }
  const longest = Math.min(128, positionCount);
  const tokenizer = wordPiece({ vocabulary, longest, lowerCase: !vocabulary.includes('The') });
  return {
    kinds: ['texts'],
    featureCount: features,
    batchSize: 16,
    dispose: () => model.dispose(),
    async features({ columns }, start, end) {
      const encoded = tokenizer.encode((columns.text as string[]).slice(start, end));
      return hostValues(() => {
        const states = model.encode(encoded); // [batch, length, features]
        const mask = tf.expandDims(tf.tensor2d(encoded.mask, undefined, 'float32'), 2);
        return tf.div(tf.sum(tf.mul(states, mask), 1), tf.sum(mask, 1)); // the mean of the tokens that are there
      });
    },
  };
}

/** Any encoder of BERT's shape: its sizes are read off its tensors. */
function bertOf(dict: StateDict, weights: string) {
  const [vocabularySize = 0, features = 0] = shapeOf(dict, 'embeddings.word_embeddings.weight', weights);
  const [positionCount = 0] = shapeOf(dict, 'embeddings.position_embeddings.weight', weights);
  const [hiddenFeatures = 0] = shapeOf(dict, 'encoder.layer.0.intermediate.dense.weight', weights);
  const pooler = dict.has('pooler.dense.weight');
  // heads leave no trace in the shapes; without a config, they are 64 wide but for the smallest networks' 32
  const headCount = headsInConfig(weights) ?? Math.max(1, Math.round(features / (features >= 512 ? 64 : 32)));
  const model = bert({
    vocabularySize,
    features,
    positionCount,
    hiddenFeatures,
    layerCount: layerCountOf(dict, /^encoder\.layer\.(\d+)\./),
    headCount,
    pooler,
    random: seededRandom(0),
  });
  loadStateDict(model, dict, { include: (key: string) => !key.startsWith('classifier') });
  return { model, vocabularySize, features, positionCount };
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
