import type * as tf from '@tensorflow/tfjs-core';
import {
  type AnyModule,
  type CallOptions,
  Conv2d,
  constantFill,
  Dropout,
  globalAveragePool2d,
  kaimingNormalFill,
  Linear,
  type Module,
  Sequential,
  uniformFill,
} from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { build } from '../build.js';
import type { Stage } from '../stages.js';
import type { EfficientNetConfig, EfficientNetSettings, EfficientNetStage } from './efficientnet-settings.js';
import { ImageClassifier } from './image-classifier.js';
import { ConvNorm, MobileBlock, roundChannels } from './mobile-block.js';

const b0Stages: readonly EfficientNetStage[] = [
  [1, 3, 1, 32, 16, 1],
  [6, 3, 2, 16, 24, 2],
  [6, 5, 2, 24, 40, 2],
  [6, 3, 2, 40, 80, 3],
  [6, 5, 1, 80, 112, 3],
  [6, 5, 2, 112, 192, 4],
  [6, 3, 1, 192, 320, 1],
];

/** An EfficientNet under torchvision's paths: `features.{stage}.{block}.block.…`, `classifier.1`. */
export class EfficientNet extends ImageClassifier {
  readonly config: Required<EfficientNetConfig>;
  readonly featureCount: number;
  readonly smallestSide = 1;
  readonly convolutions: Sequential;
  classifier: Sequential;

  constructor(options: EfficientNetConfig & { random: Random }) {
    super();
    const settings = withDefaults(options);
    const { random, ...config } = settings;
    this.config = config;
    const stages = scaleStages(config);
    const first = stages[0]?.[3] ?? 32;
    const layers: Module[] = [new ConvNorm([3, first], { window: 3, stride: 2, settings })];
    const total = stages.reduce((sum, stage) => sum + stage[5], 0);
    let index = 0;
    for (const [expand, window, stride, inChannels, outChannels, count] of stages) {
      const blocks = Array.from({ length: count }, (_, i) => {
        const shape: EfficientNetStage =
          i === 0
            ? [expand, window, stride, inChannels, outChannels, 1]
            : [expand, window, 1, outChannels, outChannels, 1];
        return new MobileBlock(shape, index++ / total, settings);
      });
      layers.push(new Sequential(blocks));
    }
    const last = stages.at(-1)?.[4] ?? 320;
    this.featureCount = config.fixedEnds ? 1280 : 4 * last;
    layers.push(new ConvNorm([last, this.featureCount], { settings }));
    this.convolutions = new Sequential(layers);
    this.classifier = this.#head(config.classCount, random);
  }

  #head(classCount: number, random: Random): Sequential {
    return new Sequential([
      new Dropout(this.config.dropout),
      new Linear(this.featureCount, classCount, { random }),
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

  protected override pool(map: tf.Tensor): tf.Tensor {
    return globalAveragePool2d(map);
  }

  override classify(features: tf.Tensor, options?: CallOptions): tf.Tensor {
    return this.classifier.call(features, options);
  }

  override resetHead(classCount: number, random: Random): void {
    const head = this.#head(classCount, random);
    this.classifier.dispose();
    this.classifier = head;
  }

  override stages(): readonly Stage[] {
    const names = Array.from({ length: this.convolutions.length }, (_, i) => `features.${i}`);
    return [
      ...names.map((name, i) => ({ name: i === 0 ? 'stem' : `stage${i}`, paths: [name] })),
      { name: 'head', paths: ['classifier'] },
    ];
  }
}

function withDefaults(options: EfficientNetConfig & { random: Random }): EfficientNetSettings {
  const isTensorflow = options.convention === 'tensorflow';
  return {
    classCount: 1000,
    width: 1,
    depth: 1,
    dropout: 0.2,
    stochasticDepth: 0.2,
    stages: b0Stages,
    convention: 'torchvision',
    epsilon: isTensorflow ? 1e-3 : 1e-5,
    momentum: isTensorflow ? 0.01 : 0.1,
    activation: 'silu',
    squeezeExcitation: true,
    fixedEnds: false,
    ...options,
  };
}

function scaleStages(config: Required<EfficientNetConfig>): EfficientNetStage[] {
  const { stages, width, depth, fixedEnds } = config;
  return stages.map(([expand, window, stride, inChannels, outChannels, count], i) => {
    const isEnd = fixedEnds && (i === 0 || i === stages.length - 1);
    return [
      expand,
      window,
      stride,
      fixedEnds && i === 0 ? inChannels : roundChannels(inChannels * width),
      roundChannels(outChannels * width),
      isEnd ? count : Math.ceil(count * depth),
    ];
  });
}

/** Any EfficientNet, first values as torchvision draws them. */
export function efficientnet(config: EfficientNetConfig & { random: Random }): EfficientNet {
  const { random } = config;
  return build(
    () => new EfficientNet(config),
    (module: AnyModule) => {
      if (module instanceof Conv2d) {
        module.weight.reset(kaimingNormalFill({ shape: module.weight.shape, random, mode: 'fanOut' }));
        module.bias?.reset(constantFill(0));
      } else if (module instanceof Linear) {
        const bound = 1 / Math.sqrt(module.outFeatures);
        module.weight.reset(uniformFill(-bound, bound, random));
        module.bias?.reset(constantFill(0));
      }
    },
  );
}

/** What the factories of one size take. */
export type EfficientNetOptions = Omit<EfficientNetConfig, 'width' | 'depth'> & { random: Random };

/** EfficientNet-B0: 5.3 M parameters, 1280 features, 224 × 224. @see Tan and Le 2019, arXiv 1905.11946 */
export function efficientnetB0(options: EfficientNetOptions): EfficientNet {
  return efficientnet({ ...options, width: 1, depth: 1 });
}

/** EfficientNet-B1: 7.8 M parameters, 1280 features, 240 × 240. */
export function efficientnetB1(options: EfficientNetOptions): EfficientNet {
  return efficientnet({ ...options, width: 1, depth: 1.1 });
}

/** EfficientNet-B2: 9.1 M parameters, 1408 features, 288 × 288. */
export function efficientnetB2(options: EfficientNetOptions): EfficientNet {
  return efficientnet({ dropout: 0.3, ...options, width: 1.1, depth: 1.2 });
}

/** EfficientNet-B3: 12.2 M parameters, 1536 features, 300 × 300. */
export function efficientnetB3(options: EfficientNetOptions): EfficientNet {
  return efficientnet({ dropout: 0.3, ...options, width: 1.2, depth: 1.4 });
}

/** EfficientNet-B4: 19.3 M parameters, 1792 features, 380 × 380. */
export function efficientnetB4(options: EfficientNetOptions): EfficientNet {
  return efficientnet({ dropout: 0.4, ...options, width: 1.4, depth: 1.8 });
}

/** torchvision's B5 to B7, as trained: their batch norms differ from the smaller ones'. */
const largeNorms = { epsilon: 1e-3, momentum: 0.01 } as const;

/** EfficientNet-B5: 30.4 M parameters, 2048 features, 456 × 456. */
export function efficientnetB5(options: EfficientNetOptions): EfficientNet {
  return efficientnet({ dropout: 0.4, ...largeNorms, ...options, width: 1.6, depth: 2.2 });
}

/** EfficientNet-B6: 43.0 M parameters, 2304 features, 528 × 528. */
export function efficientnetB6(options: EfficientNetOptions): EfficientNet {
  return efficientnet({ dropout: 0.5, ...largeNorms, ...options, width: 1.8, depth: 2.6 });
}

/** EfficientNet-B7: 66.3 M parameters, 2560 features, 600 × 600. */
export function efficientnetB7(options: EfficientNetOptions): EfficientNet {
  return efficientnet({ dropout: 0.5, ...largeNorms, ...options, width: 2, depth: 3.1 });
}
