import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyModule,
  averagePool2d,
  type CallOptions,
  Conv2d,
  Dropout,
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

/** Plain settings of Inception v3. */
export interface InceptionV3Config {
  /** logits. Default 1000. */
  classCount?: number;
  /** a second head half way, used in training only. Default true. */
  auxiliary?: boolean;
  /** images come normalised by ImageNet's mean and deviation, weights want −1 … 1. Default false. */
  transformInput?: boolean;
  /** whether branch pools count the margin: torchvision's do (default), TensorFlow's and Keras' do not */
  countIncludePad?: boolean;
  /** before the head. Default 0.5. */
  dropout?: number;
}

const across = { padding: [0, 3] } as const;
const down = { padding: [3, 0] } as const;

// Table 1 and figures 5, 10, 6 and 7 of the paper; names as torchvision's.
const blockA = (pooled: number, pool: 'average' | 'average-inside'): Branch[] => [
  [['branch1x1', 64, 1]],
  [
    ['branch5x5_1', 48, 1],
    ['branch5x5_2', 64, 5, { padding: 2 }],
  ],
  [
    ['branch3x3dbl_1', 64, 1],
    ['branch3x3dbl_2', 96, 3, { padding: 1 }],
    ['branch3x3dbl_3', 96, 3, { padding: 1 }],
  ],
  [pool, ['branch_pool', pooled, 1]],
];

const blockB: Branch[] = [
  [['branch3x3', 384, 3, { stride: 2 }]],
  [
    ['branch3x3dbl_1', 64, 1],
    ['branch3x3dbl_2', 96, 3, { padding: 1 }],
    ['branch3x3dbl_3', 96, 3, { stride: 2 }],
  ],
  ['max-stride-2'],
];

const blockC = (middle: number, pool: 'average' | 'average-inside'): Branch[] => [
  [['branch1x1', 192, 1]],
  [
    ['branch7x7_1', middle, 1],
    ['branch7x7_2', middle, [1, 7], across],
    ['branch7x7_3', 192, [7, 1], down],
  ],
  [
    ['branch7x7dbl_1', middle, 1],
    ['branch7x7dbl_2', middle, [7, 1], down],
    ['branch7x7dbl_3', middle, [1, 7], across],
    ['branch7x7dbl_4', middle, [7, 1], down],
    ['branch7x7dbl_5', 192, [1, 7], across],
  ],
  [pool, ['branch_pool', 192, 1]],
];

const blockD: Branch[] = [
  [
    ['branch3x3_1', 192, 1],
    ['branch3x3_2', 320, 3, { stride: 2 }],
  ],
  [
    ['branch7x7x3_1', 192, 1],
    ['branch7x7x3_2', 192, [1, 7], across],
    ['branch7x7x3_3', 192, [7, 1], down],
    ['branch7x7x3_4', 192, 3, { stride: 2 }],
  ],
  ['max-stride-2'],
];

const blockE = (pool: 'average' | 'average-inside'): Branch[] => [
  [['branch1x1', 320, 1]],
  [
    ['branch3x3_1', 384, 1],
    [
      ['branch3x3_2a', 384, [1, 3], { padding: [0, 1] }],
      ['branch3x3_2b', 384, [3, 1], { padding: [1, 0] }],
    ],
  ],
  [
    ['branch3x3dbl_1', 448, 1],
    ['branch3x3dbl_2', 384, 3, { padding: 1 }],
    [
      ['branch3x3dbl_3a', 384, [1, 3], { padding: [0, 1] }],
      ['branch3x3dbl_3b', 384, [3, 1], { padding: [1, 0] }],
    ],
  ],
  [pool, ['branch_pool', 192, 1]],
];

/** The smallest images of whose middle map, 17 × 17, the auxiliary head can take its 5 × 5 of 5 × 5. */
const auxiliarySide = 299;

/** The head on the middle of the network: [batch, 17, 17, 768] to logits. */
class InceptionAuxiliary extends Module {
  readonly conv0: ConvNormRelu;
  readonly conv1: ConvNormRelu;
  fc: Linear;

  constructor(classCount: number, random: Random) {
    super();
    this.conv0 = new ConvNormRelu([768, 128], { window: 1, random });
    this.conv1 = new ConvNormRelu([128, 768], { window: 5, random });
    this.fc = new Linear(768, classCount, { random });
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const pooled = averagePool2d(x, { window: 5, stride: 3 });
      const map = this.conv1.call(this.conv0.call(pooled, options), options);
      return this.fc.call(globalAveragePool2d(map));
    });
  }
}

/** Inception v3 under torchvision's paths. */
export class InceptionV3 extends ImageClassifier {
  readonly config: Required<InceptionV3Config>;
  readonly featureCount = 2048;
  readonly smallestSide = 75;
  readonly Conv2d_1a_3x3: ConvNormRelu;
  readonly Conv2d_2a_3x3: ConvNormRelu;
  readonly Conv2d_2b_3x3: ConvNormRelu;
  readonly Conv2d_3b_1x1: ConvNormRelu;
  readonly Conv2d_4a_3x3: ConvNormRelu;
  readonly Mixed_5b: MixedBlock;
  readonly Mixed_5c: MixedBlock;
  readonly Mixed_5d: MixedBlock;
  readonly Mixed_6a: MixedBlock;
  readonly Mixed_6b: MixedBlock;
  readonly Mixed_6c: MixedBlock;
  readonly Mixed_6d: MixedBlock;
  readonly Mixed_6e: MixedBlock;
  readonly AuxLogits: InceptionAuxiliary | undefined;
  readonly Mixed_7a: MixedBlock;
  readonly Mixed_7b: MixedBlock;
  readonly Mixed_7c: MixedBlock;
  fc: Linear;
  readonly #dropout: Dropout;

  constructor(options: InceptionV3Config & { random: Random }) {
    super();
    const { random, classCount = 1000, auxiliary = true, transformInput = false } = options;
    const { countIncludePad = true, dropout = 0.5 } = options;
    this.config = { classCount, auxiliary, transformInput, countIncludePad, dropout };
    const pool = countIncludePad ? 'average' : 'average-inside';
    const brick = (channels: readonly [number, number], window: number, more: object = {}) =>
      new ConvNormRelu(channels, { window, random, ...more });
    const mixed = (channels: number, branches: Branch[]) => new MixedBlock(channels, branches, random);
    this.Conv2d_1a_3x3 = brick([3, 32], 3, { stride: 2 });
    this.Conv2d_2a_3x3 = brick([32, 32], 3);
    this.Conv2d_2b_3x3 = brick([32, 64], 3, { padding: 1 });
    this.Conv2d_3b_1x1 = brick([64, 80], 1);
    this.Conv2d_4a_3x3 = brick([80, 192], 3);
    this.Mixed_5b = mixed(192, blockA(32, pool));
    this.Mixed_5c = mixed(256, blockA(64, pool));
    this.Mixed_5d = mixed(288, blockA(64, pool));
    this.Mixed_6a = mixed(288, blockB);
    this.Mixed_6b = mixed(768, blockC(128, pool));
    this.Mixed_6c = mixed(768, blockC(160, pool));
    this.Mixed_6d = mixed(768, blockC(160, pool));
    this.Mixed_6e = mixed(768, blockC(192, pool));
    this.AuxLogits = auxiliary ? new InceptionAuxiliary(classCount, random) : undefined;
    this.Mixed_7a = mixed(768, blockD);
    this.Mixed_7b = mixed(1280, blockE(pool));
    this.Mixed_7c = mixed(2048, blockE(pool));
    this.fc = new Linear(2048, classCount, { random });
    this.#dropout = new Dropout(dropout);
  }

  /** Up to where the auxiliary head is: [batch, rows, columns, 768]. */
  #middle(images: tf.Tensor, options?: CallOptions): tf.Tensor {
    let y = this.config.transformInput ? transformInput(images) : images;
    const run = (modules: readonly Module[]) => {
      for (const module of modules) y = module.call(y, options);
    };
    run([this.Conv2d_1a_3x3, this.Conv2d_2a_3x3, this.Conv2d_2b_3x3]);
    y = maxPool2d(y, { window: 3, stride: 2 });
    run([this.Conv2d_3b_1x1, this.Conv2d_4a_3x3]);
    y = maxPool2d(y, { window: 3, stride: 2 });
    run([this.Mixed_5b, this.Mixed_5c, this.Mixed_5d]);
    run([this.Mixed_6a, this.Mixed_6b, this.Mixed_6c, this.Mixed_6d, this.Mixed_6e]);
    return y;
  }

  #end(middle: tf.Tensor, options?: CallOptions): tf.Tensor {
    return [this.Mixed_7a, this.Mixed_7b, this.Mixed_7c].reduce((y, block) => block.call(y, options), middle);
  }

  protected override trunk(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return this.#end(this.#middle(x, options), options);
  }

  protected override pool(map: tf.Tensor): tf.Tensor {
    return globalAveragePool2d(map);
  }

  override classify(features: tf.Tensor, options?: CallOptions): tf.Tensor {
    return this.fc.call(this.#dropout.call(features, options));
  }

  /**
   * Both heads at once, for training: add 0.3 to 0.4 of the auxiliary loss to the other.
   *
   * @param x - [batch, 299, 299, 3]
   * @throws Error if the network was built without the auxiliary head
   * @throws RangeError for images whose map is too small for it
   */
  callWithAuxiliary(x: tf.Tensor, options?: CallOptions): { logits: tf.Tensor; auxiliary: tf.Tensor } {
    const head = this.AuxLogits;
    if (!head) {
      throw new Error('InceptionV3: there is no auxiliary head. Build it with { auxiliary: true }.');
    }
    this.checkImages(x, auxiliarySide);
    return tf.tidy(() => {
      const middle = this.#middle(x, options);
      const features = this.pool(this.#end(middle, options));
      return { logits: this.classify(features, options), auxiliary: head.call(middle, options) };
    });
  }

  /** Both heads are replaced. */
  override resetHead(classCount: number, random: Random): void {
    const head = new Linear(this.featureCount, classCount, { random });
    this.fc.dispose();
    this.fc = head;
    if (!this.AuxLogits) return;
    this.AuxLogits.fc.dispose();
    this.AuxLogits.fc = new Linear(768, classCount, { random });
  }

  override stages(): readonly Stage[] {
    const letters = (block: string, last: string) =>
      [...'abcde'].slice(0, 'abcde'.indexOf(last) + 1).map((letter) => `Mixed_${block}${letter}`);
    const stem = ['1a_3x3', '2a_3x3', '2b_3x3', '3b_1x1', '4a_3x3'];
    return [
      { name: 'stem', paths: stem.map((name) => `Conv2d_${name}`) },
      { name: 'mixed5', paths: letters('5', 'd') },
      { name: 'mixed6', paths: letters('6', 'e') },
      { name: 'mixed7', paths: letters('7', 'c') },
      { name: 'head', paths: ['AuxLogits', 'fc'] },
    ];
  }
}

/**
 * Inception v3: 27.2 M parameters, 2048 features; made for 299 × 299.
 *
 * torchvision's ImageNet weights want `transformInput: true`; converted TensorFlow or Keras weights want
 * `countIncludePad: false` and images in −1 … 1.
 *
 * @see Szegedy et al. 2015, arXiv 1512.00567
 */
export function inceptionV3(config: InceptionV3Config & { random: Random }): InceptionV3 {
  const deviations: Record<string, number> = { 'AuxLogits.conv1.conv': 0.01, 'AuxLogits.fc': 0.001 };
  return build(
    () => new InceptionV3(config),
    (module: AnyModule, path) => {
      if (!(module instanceof Conv2d || module instanceof Linear)) return;
      const deviation = deviations[path] ?? 0.1;
      module.weight.reset(truncatedNormalFill(deviation, config.random, 2 / deviation));
    },
  );
}
