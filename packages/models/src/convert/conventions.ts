import { type Convention, fromMlx, recognise } from '@warmstart/core-checkpoint';
import { deferVariables } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { Random, StateDict } from '@warmstart/shapes';
import type { EfficientNet } from '../vision/efficientnet.js';
import { modelKeys, zoo } from '../zoo.js';
import { fromLukemelasEfficientNet, fromTimmEfficientNet } from './efficientnet-keys.js';
import { fromAllenNlpElmo, fromElmoHdf5 } from './elmo-keys.js';
import { fromGgufBert, fromGgufGpt2 } from './gguf-keys.js';
import { fromHuggingFaceBert, fromHuggingFaceGpt2 } from './hugging-face.js';
import { fromKerasInceptionV3 } from './keras-inception.js';
import { fromScBertCheckpoint } from './scbert-keys.js';

/**
 * The namings known of a network's published files, besides its own.
 *
 * @param name - one of the zoo's
 */
export function conventions(name: string): readonly Convention[] {
  const domain = zoo().find((found) => found.name === name)?.domain;
  // none of these networks has a transposed convolution, which MLX's files do not tell apart
  const mlx = domain === 'vision' ? [by('fromMlx', "MLX's", fromMlx)] : [];
  if (name.startsWith('efficientnet')) return [...efficientNetConventions(name), ...mlx];
  const byName: Record<string, readonly Convention[]> = {
    bert_base: [
      by('fromHuggingFaceBert', "Hugging Face's", fromHuggingFaceBert),
      by('fromGgufBert', "llama.cpp's", fromGgufBert),
    ],
    gpt2: [
      by('fromHuggingFaceGpt2', "Hugging Face's", fromHuggingFaceGpt2),
      by('fromGgufGpt2', "llama.cpp's", fromGgufGpt2),
    ],
    scbert: [by('fromScBertCheckpoint', "scBERT's", fromScBertCheckpoint)],
    elmo: [
      by('fromAllenNlpElmo', "AllenNLP's", fromAllenNlpElmo),
      by('fromElmoHdf5', "the original TensorFlow weights'", fromElmoHdf5),
    ],
    inception_v3: [by('fromKerasInceptionV3', "Keras'", fromKerasInceptionV3)],
  };
  byName.minilm_l6 = byName.bert_base as readonly Convention[];
  byName.roberta_base = byName.bert_base as readonly Convention[];
  return [...(byName[name] ?? []), ...mlx];
}

function by(reader: string, whose: string, read: Convention['read']): Convention {
  return { reader: `${reader}(dict)`, whose, read };
}

/** Block counts differ by size: the tables are made for the network. */
function efficientNetConventions(name: string): readonly Convention[] {
  const entry = zoo().find((found) => found.name === name) as {
    create: (o: { random: Random }) => unknown;
  };
  const model = deferVariables(() => entry.create({ random: seededRandom(0) })) as EfficientNet;
  return [
    {
      reader: 'fromTimmEfficientNet(dict, model)',
      whose: "timm's",
      read: (dict) => fromTimmEfficientNet(dict, model),
    },
    {
      reader: 'fromLukemelasEfficientNet(dict, model)',
      whose: "EfficientNet-PyTorch's",
      read: (dict) => fromLukemelasEfficientNet(dict, model),
    },
  ];
}

/**
 * What `loadWeights` and `matchWeights` of `@warmstart/core-checkpoint` need to know of a network: the namings of
 * its published files, and its heads, which a file of one's own has for other classes or not at all.
 *
 * @example
 * const model = resnet50({ random: seededRandom(1) });
 * const report = await loadWeights(model, await open('mine.pth'), publishedWeights('resnet50'));
 *
 * @param name - one of the zoo's
 */
export function publishedWeights(name: string): {
  conventions: readonly Convention[];
  heads: readonly string[];
} {
  return { conventions: conventions(name), heads: headsOf(name) };
}

/** The paths of a network's last layers; an auxiliary classifier counts whole. */
function headsOf(name: string): readonly string[] {
  const families: [RegExp, readonly string[]][] = [
    [/^resnet/, ['fc']],
    [/^vgg/, ['classifier.6']],
    [/^inception/, ['fc', 'AuxLogits']],
    [/^googlenet/, ['fc', 'aux1', 'aux2']],
    [/^efficientnet/, ['classifier.1']],
    [/^(bert|minilm|roberta)/, ['classifier', 'qa_outputs']],
    [/^gpt2/, ['score', 'classifier', 'lm_head']],
    [/^scbert/, ['to_out']],
  ];
  return families.find(([pattern]) => pattern.test(name))?.[1] ?? [];
}

/**
 * Which naming brings most of a file's tensors under a network's own names.
 *
 * @param name - one of the zoo's
 * @param dict - the file's tensors, or stand-ins without values
 * @returns undefined if the file's own names do no worse
 */
export function recogniseConvention(
  name: string,
  dict: StateDict,
): { convention: Convention; stateDict: StateDict } | undefined {
  const known = recognise(modelKeys(name), dict, conventions(name));
  return known && { convention: known.convention, stateDict: known.dict };
}
