import { deferVariables } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { Random, StateDict } from '@warmstart/shapes';
import type { EfficientNet } from '../vision/efficientnet.js';
import { modelKeys, zoo } from '../zoo.js';
import { fromLukemelasEfficientNet, fromTimmEfficientNet } from './efficientnet-keys.js';
import { fromAllenNlpElmo, fromElmoHdf5 } from './elmo-keys.js';
import { fromHuggingFaceBert, fromHuggingFaceGpt2 } from './hugging-face.js';
import { fromKerasInceptionV3 } from './keras-inception.js';
import { fromScBertCheckpoint } from './scbert-keys.js';

/** A way that published files name a network's tensors. */
export interface Convention {
  /** how they are read, e.g. 'fromHuggingFaceBert(dict)' */
  reader: string;
  /** whose names they are, e.g. "timm's" */
  whose: string;
  /** Under the network's names. Of stand-ins without values it makes stand-ins, with the right shapes. */
  read: (dict: StateDict) => StateDict;
}

/**
 * The namings known of a network's published files, besides its own.
 *
 * @param name - one of the zoo's
 */
export function conventions(name: string): readonly Convention[] {
  const by = (reader: string, whose: string, read: Convention['read']): Convention => ({
    reader: `${reader}(dict)`,
    whose,
    read,
  });
  if (name.startsWith('efficientnet')) {
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
  const byName: Record<string, readonly Convention[]> = {
    bert_base: [by('fromHuggingFaceBert', "Hugging Face's", fromHuggingFaceBert)],
    gpt2: [by('fromHuggingFaceGpt2', "Hugging Face's", fromHuggingFaceGpt2)],
    scbert: [by('fromScBertCheckpoint', "scBERT's", fromScBertCheckpoint)],
    elmo: [
      by('fromAllenNlpElmo', "AllenNLP's", fromAllenNlpElmo),
      by('fromElmoHdf5', "the original TensorFlow weights'", fromElmoHdf5),
    ],
    inception_v3: [by('fromKerasInceptionV3', "Keras'", fromKerasInceptionV3)],
  };
  byName.minilm_l6 = byName.bert_base as readonly Convention[];
  byName.roberta_base = byName.bert_base as readonly Convention[];
  return byName[name] ?? [];
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
  const wanted = new Set(modelKeys(name).map(({ key }) => key));
  const found = (keys: Iterable<string>) => [...keys].filter((key) => wanted.has(key)).length;
  const strays = (keys: Iterable<string>) => [...keys].filter((key) => !wanted.has(key)).length;
  let best = { found: found(dict.keys()), strays: strays(dict.keys()) };
  let recognised: { convention: Convention; stateDict: StateDict } | undefined;
  for (const convention of conventions(name)) {
    const stateDict = attempt(convention, dict);
    if (!stateDict) continue;
    const now = { found: found(stateDict.keys()), strays: strays(stateDict.keys()) };
    const isBetter = now.found > best.found || (now.found === best.found && now.strays < best.strays);
    if (!isBetter || now.found === 0) continue;
    best = now;
    recognised = { convention, stateDict };
  }
  return recognised;
}

/** A file that is not of this convention is refused by its reader: no fault here. */
function attempt({ read }: Convention, dict: StateDict): StateDict | undefined {
  try {
    return read(dict);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
