import { deferVariables, type Module } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { Random } from '@warmstart/shapes';
import { autoencoder } from './autoencoder.js';
import { scbert } from './rna/scbert.js';
import { bert, miniLm, roberta } from './text/bert.js';
import { elmo } from './text/elmo.js';
import { gpt2 } from './text/gpt2.js';
import {
  efficientnetB0,
  efficientnetB1,
  efficientnetB2,
  efficientnetB3,
  efficientnetB4,
  efficientnetB5,
  efficientnetB6,
  efficientnetB7,
} from './vision/efficientnet.js';
import { googlenet } from './vision/googlenet.js';
import { inceptionV3 } from './vision/inception-v3.js';
import { resnet18, resnet34, resnet50, resnet101, resnet152 } from './vision/resnet.js';
import { vgg16, vgg16Bn, vgg19, vgg19Bn } from './vision/vgg.js';

type AnyModel = Module<never, unknown>;

/** One network of the zoo. */
export interface ZooEntry {
  name: string;
  /** what it is for: images, text, RNA or tables */
  domain: 'vision' | 'text' | 'rna' | 'tables';
  /** where it was published */
  paper: string;
  /** with its published settings */
  create: (options: { random: Random }) => AnyModel;
}

/** Every network, by the names the command line uses. */
export function zoo(): readonly ZooEntry[] {
  const entry = (
    name: string,
    domain: ZooEntry['domain'],
    paper: string,
    create: ZooEntry['create'],
  ): ZooEntry => ({ name, domain, paper, create });
  const efficient = 'arXiv 1905.11946';
  return [
    entry('vgg19', 'vision', 'arXiv 1409.1556', vgg19),
    entry('vgg19_bn', 'vision', 'arXiv 1409.1556', vgg19Bn),
    entry('vgg16', 'vision', 'arXiv 1409.1556', vgg16),
    entry('vgg16_bn', 'vision', 'arXiv 1409.1556', vgg16Bn),
    entry('resnet18', 'vision', 'arXiv 1512.03385', resnet18),
    entry('resnet34', 'vision', 'arXiv 1512.03385', resnet34),
    entry('resnet50', 'vision', 'arXiv 1512.03385', resnet50),
    entry('resnet101', 'vision', 'arXiv 1512.03385', resnet101),
    entry('resnet152', 'vision', 'arXiv 1512.03385', resnet152),
    entry('inception_v3', 'vision', 'arXiv 1512.00567', inceptionV3),
    entry('googlenet', 'vision', 'arXiv 1409.4842', googlenet),
    entry('efficientnet_b0', 'vision', efficient, efficientnetB0),
    entry('efficientnet_b1', 'vision', efficient, efficientnetB1),
    entry('efficientnet_b2', 'vision', efficient, efficientnetB2),
    entry('efficientnet_b3', 'vision', efficient, efficientnetB3),
    entry('efficientnet_b4', 'vision', efficient, efficientnetB4),
    entry('efficientnet_b5', 'vision', efficient, efficientnetB5),
    entry('efficientnet_b6', 'vision', efficient, efficientnetB6),
    entry('efficientnet_b7', 'vision', efficient, efficientnetB7),
    entry('bert_base', 'text', 'arXiv 1810.04805', bert),
    entry('minilm_l6', 'text', 'arXiv 2002.10957', miniLm),
    entry('roberta_base', 'text', 'arXiv 1907.11692', roberta),
    entry('gpt2', 'text', 'Radford et al. 2019', gpt2),
    entry('elmo', 'text', 'arXiv 1802.05365', elmo),
    entry('scbert', 'rna', 'Yang et al. 2022', scbert),
    entry('autoencoder', 'tables', 'arXiv 2303.16154', (options) =>
      autoencoder({ inFeatures: 57, ...options }),
    ),
  ];
}

/** One tensor of a model's state dict. */
export interface ModelKey {
  key: string;
  /** PyTorch's name */
  dtype: string;
  /** PyTorch's shape */
  shape: readonly number[];
}

/**
 * A network's state dict without its values, in PyTorch's order. No tensors are made.
 *
 * @param name - one of the zoo's, e.g. 'resnet50'
 * @throws RangeError if there is no such network
 */
export function modelKeys(name: string): ModelKey[] {
  const found = zoo().find((entry) => entry.name === name);
  if (!found) {
    const known = zoo().map((entry) => entry.name);
    throw new RangeError(`modelKeys: name must be one of ${known.join(', ')}, got "${name}".`);
  }
  const model = deferVariables(() => found.create({ random: seededRandom(0) }));
  return [...model.namedParameters()].map(([key, { dtype, shape }]) => ({ key, dtype, shape }));
}
