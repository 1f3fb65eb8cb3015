import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyModule,
  BatchNorm,
  type CallOptions,
  Conv2d,
  constantFill,
  globalAveragePool2d,
  kaimingNormalFill,
  Linear,
  Module,
  maxPool2d,
  Sequential,
} from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { build } from '../build.js';
import type { Stage } from '../stages.js';
import { ImageClassifier } from './image-classifier.js';

/** Plain settings of a ResNet. */
export interface ResNetConfig {
  /** logits. Default 1000. */
  classCount?: number;
  /** 'basic' has two 3 × 3 convolutions, 'bottleneck' a 3 × 3 between two 1 × 1 */
  block: 'basic' | 'bottleneck';
  /** blocks in each of the four stages */
  depths: readonly [number, number, number, number];
  /** width of the bottleneck's middle in the first stage. Default 64. */
  widthPerGroup?: number;
}

interface BlockOptions {
  inChannels: number;
  width: number;
  outChannels: number;
  stride: number;
  random: Random;
}

function downsample({ inChannels, outChannels, stride, random }: BlockOptions): Sequential | undefined {
  if (inChannels === outChannels && stride === 1) return undefined;
  return new Sequential([
    new Conv2d(inChannels, outChannels, { window: 1, stride, bias: false, random }),
    new BatchNorm(outChannels),
  ]);
}

class BasicBlock extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly downsample: Sequential | undefined;

  constructor(options: BlockOptions) {
    super();
    const { inChannels, outChannels, stride, random } = options;
    const common = { window: 3, padding: 1, bias: false, random };
    this.conv1 = new Conv2d(inChannels, outChannels, { ...common, stride });
    this.bn1 = new BatchNorm(outChannels);
    this.conv2 = new Conv2d(outChannels, outChannels, common);
    this.bn2 = new BatchNorm(outChannels);
    this.downsample = downsample(options);
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const y = tf.relu(this.bn1.call(this.conv1.call(x), options));
      const residual = this.bn2.call(this.conv2.call(y), options);
      return tf.relu(tf.add(residual, this.downsample?.call(x, options) ?? x));
    });
  }
}

/** With the stride in the 3 × 3, as torchvision does ("v1.5"). */
class Bottleneck extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm;
  readonly downsample: Sequential | undefined;

  constructor(options: BlockOptions) {
    super();
    const { inChannels, width, outChannels, stride, random } = options;
    this.conv1 = new Conv2d(inChannels, width, { window: 1, bias: false, random });
    this.bn1 = new BatchNorm(width);
    this.conv2 = new Conv2d(width, width, { window: 3, stride, padding: 1, bias: false, random });
    this.bn2 = new BatchNorm(width);
    this.conv3 = new Conv2d(width, outChannels, { window: 1, bias: false, random });
    this.bn3 = new BatchNorm(outChannels);
    this.downsample = downsample(options);
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const narrow = tf.relu(this.bn1.call(this.conv1.call(x), options));
      const seen = tf.relu(this.bn2.call(this.conv2.call(narrow), options));
      const residual = this.bn3.call(this.conv3.call(seen), options);
      return tf.relu(tf.add(residual, this.downsample?.call(x, options) ?? x));
    });
  }
}

/** A ResNet under torchvision's paths. */
export class ResNet extends ImageClassifier {
  readonly config: Required<ResNetConfig>;
  readonly featureCount: number;
  readonly smallestSide = 1;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly layer4: Sequential;
  fc: Linear;

  constructor(options: ResNetConfig & { random: Random }) {
    super();
    const { random, classCount = 1000, block, depths, widthPerGroup = 64 } = options;
    this.config = { classCount, block, depths, widthPerGroup };
    const expansion = block === 'bottleneck' ? 4 : 1;
    this.featureCount = 512 * expansion;
    this.conv1 = new Conv2d(3, 64, { window: 7, stride: 2, padding: 3, bias: false, random });
    this.bn1 = new BatchNorm(64);
    const stage = (index: number) => {
      const planes = 64 * 2 ** index;
      const outChannels = planes * expansion;
      const Block = block === 'bottleneck' ? Bottleneck : BasicBlock;
      return new Sequential(
        Array.from({ length: depths[index] as number }, (_, i) => {
          const first = i === 0;
          const before = index === 0 ? 64 : (planes / 2) * expansion;
          return new Block({
            inChannels: first ? before : outChannels,
            width: (planes * widthPerGroup) / 64,
            outChannels,
            stride: first && index > 0 ? 2 : 1,
            random,
          });
        }),
      );
    };
    this.layer1 = stage(0);
    this.layer2 = stage(1);
    this.layer3 = stage(2);
    this.layer4 = stage(3);
    this.fc = new Linear(this.featureCount, classCount, { random });
  }

  protected override trunk(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    const stem = tf.relu(this.bn1.call(this.conv1.call(x), options));
    let y = maxPool2d(stem, { window: 3, stride: 2, padding: 1 });
    for (const stage of [this.layer1, this.layer2, this.layer3, this.layer4]) y = stage.call(y, options);
    return y;
  }

  protected override pool(map: tf.Tensor): tf.Tensor {
    return globalAveragePool2d(map);
  }

  override classify(features: tf.Tensor): tf.Tensor {
    return this.fc.call(features);
  }

  override resetHead(classCount: number, random: Random): void {
    const head = new Linear(this.featureCount, classCount, { random });
    this.fc.dispose();
    this.fc = head;
  }

  override stages(): readonly Stage[] {
    const layers = ['layer1', 'layer2', 'layer3', 'layer4', 'fc'];
    return [
      { name: 'stem', paths: ['conv1', 'bn1'] },
      ...layers.map((name) => ({ name: name === 'fc' ? 'head' : name, paths: [name] })),
    ];
  }
}

/** Any ResNet, first values as torchvision draws them. */
export function resnet(config: ResNetConfig & { random: Random }): ResNet {
  return build(
    () => new ResNet(config),
    (module: AnyModule) => {
      if (!(module instanceof Conv2d)) return;
      const { shape } = module.weight;
      module.weight.reset(kaimingNormalFill({ shape, random: config.random, mode: 'fanOut' }));
      module.bias?.reset(constantFill(0));
    },
  );
}

/** What the factories of one depth take. */
export interface ResNetOptions {
  random: Random;
  classCount?: number;
}

/** ResNet-18: 11.7 M parameters, 512 features. @see He et al. 2015, arXiv 1512.03385 */
export function resnet18(options: ResNetOptions): ResNet {
  return resnet({ ...options, block: 'basic', depths: [2, 2, 2, 2] });
}

/** ResNet-34: 21.8 M parameters, 512 features. */
export function resnet34(options: ResNetOptions): ResNet {
  return resnet({ ...options, block: 'basic', depths: [3, 4, 6, 3] });
}

/** ResNet-50 with the stride in the 3 × 3: 25.6 M parameters, 2048 features. */
export function resnet50(options: ResNetOptions): ResNet {
  return resnet({ ...options, block: 'bottleneck', depths: [3, 4, 6, 3] });
}

/** ResNet-101 with the stride in the 3 × 3: 44.5 M parameters, 2048 features. */
export function resnet101(options: ResNetOptions): ResNet {
  return resnet({ ...options, block: 'bottleneck', depths: [3, 4, 23, 3] });
}

/** ResNet-152 with the stride in the 3 × 3: 60.2 M parameters, 2048 features. */
export function resnet152(options: ResNetOptions): ResNet {
  return resnet({ ...options, block: 'bottleneck', depths: [3, 8, 36, 3] });
}
