import type * as tf from '@tensorflow/tfjs-core';
import {
  Activation,
  type AnyModule,
  adaptiveAveragePool2d,
  BatchNorm,
  type CallOptions,
  Conv2d,
  constantFill,
  Dropout,
  Flatten,
  kaimingNormalFill,
  Linear,
  MaxPool2d,
  type Module,
  normalFill,
  Sequential,
} from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { build } from '../build.js';
import type { Stage } from '../stages.js';
import { ImageClassifier } from './image-classifier.js';

/** Plain settings of a VGG network. */
export interface VggConfig {
  /** logits. Default 1000. */
  classCount?: number;
  /** batch norm after every convolution. Default false. */
  batchNorm?: boolean;
  /** channels of the convolutions of each block; a pooling ends a block. Default VGG-19's. */
  blocks?: readonly (readonly number[])[];
  /** width of the two hidden layers. Default 4096. */
  hiddenFeatures?: number;
  /** of the classifier. Default 0.5. */
  dropout?: number;
}

const vgg16Blocks = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];

const vgg19Blocks = [
  [64, 64],
  [128, 128],
  [256, 256, 256, 256],
  [512, 512, 512, 512],
  [512, 512, 512, 512],
];

/** A VGG network under torchvision's paths: `features.…`, `classifier.0`, `.3` and `.6`. */
export class Vgg extends ImageClassifier {
  readonly config: Required<VggConfig>;
  readonly featureCount: number;
  readonly smallestSide: number;
  readonly convolutions: Sequential;
  classifier: Sequential;
  readonly #stages: Stage[] = [];

  constructor(options: VggConfig & { random: Random }) {
    super();
    const { random, classCount = 1000, batchNorm = false, blocks = vgg19Blocks } = options;
    const { hiddenFeatures = 4096, dropout = 0.5 } = options;
    this.config = { classCount, batchNorm, blocks, hiddenFeatures, dropout };
    this.featureCount = hiddenFeatures;
    this.smallestSide = 2 ** blocks.length;
    const layers: Module[] = [];
    let channels = 3;
    for (const [index, block] of blocks.entries()) {
      const start = layers.length;
      for (const outChannels of block) {
        layers.push(new Conv2d(channels, outChannels, { window: 3, padding: 1, random }));
        if (batchNorm) layers.push(new BatchNorm(outChannels));
        layers.push(new Activation('relu'));
        channels = outChannels;
      }
      layers.push(new MaxPool2d({ window: 2 }));
      const paths = layers.slice(start).map((_, i) => `features.${start + i}`);
      this.#stages.push({ name: `block${index + 1}`, paths });
    }
    this.convolutions = new Sequential(layers);
    this.classifier = new Sequential([
      new Linear(channels * 49, hiddenFeatures, { random }),
      new Activation('relu'),
      new Dropout(dropout),
      new Linear(hiddenFeatures, hiddenFeatures, { random }),
      new Activation('relu'),
      new Dropout(dropout),
      new Linear(hiddenFeatures, classCount, { random }),
    ]);
  }

  /** torchvision calls the convolutions `features`, a name that the method of all models has here. */
  override *children(): Iterable<[string, AnyModule]> {
    yield ['features', this.convolutions];
    yield ['classifier', this.classifier];
  }

  protected override trunk(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return this.convolutions.call(x, options);
  }

  protected override pool(map: tf.Tensor, options?: CallOptions): tf.Tensor {
    let y = new Flatten().call(adaptiveAveragePool2d(map, 7));
    for (const module of this.classifier.modules.slice(0, -1)) y = module.call(y, options);
    return y;
  }

  override classify(features: tf.Tensor, options?: CallOptions): tf.Tensor {
    return (this.classifier.modules.at(-1) as Module).call(features, options);
  }

  override resetHead(classCount: number, random: Random): void {
    const head = new Linear(this.featureCount, classCount, { random });
    const modules = this.classifier.modules;
    modules.at(-1)?.dispose();
    this.classifier = new Sequential([...modules.slice(0, -1), head]);
  }

  override stages(): readonly Stage[] {
    return [
      ...this.#stages,
      { name: 'hidden', paths: ['classifier.0', 'classifier.3'] },
      { name: 'head', paths: ['classifier.6'] },
    ];
  }
}

/** Any VGG network, first values as torchvision draws them. */
export function vgg(config: VggConfig & { random: Random }): Vgg {
  const { random } = config;
  return build(
    () => new Vgg(config),
    (module: AnyModule) => {
      if (module instanceof Conv2d) {
        module.weight.reset(kaimingNormalFill({ shape: module.weight.shape, random, mode: 'fanOut' }));
        module.bias?.reset(constantFill(0));
      } else if (module instanceof Linear) {
        module.weight.reset(normalFill(0, 0.01, random));
        module.bias?.reset(constantFill(0));
      }
    },
  );
}

/** What the factories of one depth take. */
export type VggOptions = Omit<VggConfig, 'blocks' | 'batchNorm'> & { random: Random };

/** VGG-19: 143.7 M parameters, 4096 features. @see Simonyan and Zisserman 2014, arXiv 1409.1556 */
export function vgg19(options: VggOptions): Vgg {
  return vgg(options);
}

/** VGG-19 with batch norm. */
export function vgg19Bn(options: VggOptions): Vgg {
  return vgg({ ...options, batchNorm: true });
}

/** VGG-16: 138.4 M parameters, 4096 features. */
export function vgg16(options: VggOptions): Vgg {
  return vgg({ ...options, blocks: vgg16Blocks });
}

/** VGG-16 with batch norm. */
export function vgg16Bn(options: VggOptions): Vgg {
  return vgg({ ...options, blocks: vgg16Blocks, batchNorm: true });
}
