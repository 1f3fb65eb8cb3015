import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyModule,
  adaptiveAveragePool2d,
  type CallOptions,
  Conv2d,
  Dropout,
  Flatten,
  globalAveragePool2d,
  Linear,
  Module,
  maxPool2d,
  truncatedNormalFill,
} from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { build } from '../build.js';
import type { Stage } from '../stages.js';
import { ConvNormRelu } from './conv-norm.js';
import { ImageClassifier } from './image-classifier.js';
import { type Branch, MixedBlock } from './mixed-block.js';
import { transformInput } from './transform-input.js';

/** Plain settings of GoogLeNet. */
export interface GoogLeNetConfig {
  /** logits. Default 1000. */
  classCount?: number;
  /** two more heads on the way, used in training only. Default true. */
  auxiliary?: boolean;
  /** images come normalised by ImageNet's mean and deviation, weights want −1 … 1. Default false. */
  transformInput?: boolean;
  /** before the head. Default 0.2. */
  dropout?: number;
  /** in the auxiliary heads. Default 0.7. */
  auxiliaryDropout?: number;
}

type Widths = readonly [number, number, number, number, number, number];

/** Table 1 of the paper; the third branch is 3 × 3, not 5 × 5, as in the published weights. */
const blocks: Record<string, Widths> = {
  inception3a: [64, 96, 128, 16, 32, 32],
  inception3b: [128, 128, 192, 32, 96, 64],
  inception4a: [192, 96, 208, 16, 48, 64],
  inception4b: [160, 112, 224, 24, 64, 64],
  inception4c: [128, 128, 256, 24, 64, 64],
  inception4d: [112, 144, 288, 32, 64, 64],
  inception4e: [256, 160, 320, 32, 128, 128],
  inception5a: [256, 160, 320, 32, 128, 128],
  inception5b: [384, 192, 384, 48, 128, 128],
};

const branchesOf = ([one, narrow2, two, narrow3, three, pooled]: Widths): Branch[] => [
  [['branch1', one, 1]],
  [
    ['branch2.0', narrow2, 1],
    ['branch2.1', two, 3, { padding: 1 }],
  ],
  [
    ['branch3.0', narrow3, 1],
    ['branch3.1', three, 3, { padding: 1 }],
  ],
  ['max', ['branch4.1', pooled, 1]],
];

class GoogLeNetAuxiliary extends Module {
  readonly conv: ConvNormRelu;
  readonly fc1: Linear;
  fc2: Linear;
  readonly #dropout: Dropout;

  constructor(inChannels: number, classCount: number, options: { random: Random; dropout: number }) {
    super();
    const { random, dropout } = options;
    this.conv = new ConvNormRelu([inChannels, 128], { window: 1, random });
    this.fc1 = new Linear(2048, 1024, { random });
    this.fc2 = new Linear(1024, classCount, { random });
    this.#dropout = new Dropout(dropout);
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const map = this.conv.call(adaptiveAveragePool2d(x, 4), options);
      const hidden = tf.relu(this.fc1.call(new Flatten().call(map)));
      return this.fc2.call(this.#dropout.call(hidden, options));
    });
  }
}

/** GoogLeNet (Inception v1 with batch norm) under torchvision's paths. */
export class GoogLeNet extends ImageClassifier {
  readonly config: Required<GoogLeNetConfig>;
  readonly featureCount = 1024;
  readonly smallestSide = 15;
  readonly aux1: GoogLeNetAuxiliary | undefined;
  readonly aux2: GoogLeNetAuxiliary | undefined;
  fc: Linear;
  readonly #stem: readonly [ConvNormRelu, ConvNormRelu, ConvNormRelu];
  readonly #blocks = new Map<string, MixedBlock>();
  readonly #dropout: Dropout;

  constructor(options: GoogLeNetConfig & { random: Random }) {
    super();
    const { random, classCount = 1000, auxiliary = true, transformInput = false } = options;
    const { dropout = 0.2, auxiliaryDropout = 0.7 } = options;
    this.config = { classCount, auxiliary, transformInput, dropout, auxiliaryDropout };
    this.#stem = [
      new ConvNormRelu([3, 64], { window: 7, stride: 2, padding: 3, random }),
      new ConvNormRelu([64, 64], { window: 1, random }),
      new ConvNormRelu([64, 192], { window: 3, padding: 1, random }),
    ];
    let channels = 192;
    for (const [name, widths] of Object.entries(blocks)) {
      const block = new MixedBlock(channels, branchesOf(widths), random);
      this.#blocks.set(name, block);
      channels = block.outChannels;
    }
    const aux = (inChannels: number) =>
      auxiliary
        ? new GoogLeNetAuxiliary(inChannels, classCount, { random, dropout: auxiliaryDropout })
        : undefined;
    this.aux1 = aux(512);
    this.aux2 = aux(528);
    this.fc = new Linear(1024, classCount, { random });
    this.#dropout = new Dropout(dropout);
  }

  override *children(): ReturnType<ImageClassifier['children']> {
    for (const [index, conv] of this.#stem.entries()) yield [`conv${index + 1}`, conv];
    yield* this.#blocks;
    yield* super.children();
  }

  /** All maps on the way; the auxiliary heads stand on those of inception4a and inception4d. */
  #run(images: tf.Tensor, options?: CallOptions): Map<string, tf.Tensor> {
    const shrink = (x: tf.Tensor, window = 3) => maxPool2d(x, { window, stride: 2, ceilMode: true });
    let y = this.config.transformInput ? transformInput(images) : images;
    const [first, second, third] = this.#stem;
    y = shrink(first.call(y, options));
    y = shrink(third.call(second.call(y, options), options));
    const maps = new Map<string, tf.Tensor>();
    for (const [name, block] of this.#blocks) {
      if (name === 'inception4a') y = shrink(y);
      if (name === 'inception5a') y = shrink(y, 2);
      y = block.call(y, options);
      maps.set(name, y);
    }
    return maps;
  }

  protected override trunk(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return this.#run(x, options).get('inception5b') as tf.Tensor;
  }

  protected override pool(map: tf.Tensor): tf.Tensor {
    return globalAveragePool2d(map);
  }

  override classify(features: tf.Tensor, options?: CallOptions): tf.Tensor {
    return this.fc.call(this.#dropout.call(features, options));
  }

  /**
   * All three heads at once, for training: add 0.3 of each auxiliary loss to the other.
   *
   * @throws Error if the network was built without the auxiliary heads
   */
  callWithAuxiliary(
    x: tf.Tensor,
    options?: CallOptions,
  ): { logits: tf.Tensor; auxiliary: [tf.Tensor, tf.Tensor] } {
    const { aux1, aux2 } = this;
    if (!aux1 || !aux2) {
      throw new Error('GoogLeNet: there are no auxiliary heads. Build it with { auxiliary: true }.');
    }
    this.checkImages(x);
    return tf.tidy(() => {
      const maps = this.#run(x, options);
      const at = (name: string) => maps.get(name) as tf.Tensor;
      return {
        logits: this.classify(this.pool(at('inception5b')), options),
        auxiliary: [aux1.call(at('inception4a'), options), aux2.call(at('inception4d'), options)],
      };
    });
  }

  /** All heads are replaced. */
  override resetHead(classCount: number, random: Random): void {
    const head = new Linear(this.featureCount, classCount, { random });
    this.fc.dispose();
    this.fc = head;
    for (const aux of [this.aux1, this.aux2]) {
      if (!aux) continue;
      aux.fc2.dispose();
      aux.fc2 = new Linear(1024, classCount, { random });
    }
  }

  override stages(): readonly Stage[] {
    const of = (number: string) => [...this.#blocks.keys()].filter((name) => name[9] === number);
    return [
      { name: 'stem', paths: ['conv1', 'conv2', 'conv3'] },
      { name: 'inception3', paths: of('3') },
      { name: 'inception4', paths: of('4') },
      { name: 'inception5', paths: of('5') },
      { name: 'head', paths: ['aux1', 'aux2', 'fc'] },
    ];
  }
}

/**
 * GoogLeNet: 13.0 M parameters with its auxiliary heads, 1024 features.
 *
 * torchvision's ImageNet weights want `transformInput: true`.
 *
 * @see Szegedy et al. 2014, arXiv 1409.4842
 */
export function googlenet(config: GoogLeNetConfig & { random: Random }): GoogLeNet {
  return build(
    () => new GoogLeNet(config),
    (module: AnyModule) => {
      if (!(module instanceof Conv2d || module instanceof Linear)) return;
      module.weight.reset(truncatedNormalFill(0.01, config.random, 200));
    },
  );
}
