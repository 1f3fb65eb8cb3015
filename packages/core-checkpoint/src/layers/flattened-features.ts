import { classOf, consumersOf, type LayerLike, nodeOf } from './layer-shapes.js';
import type { LeafLayer } from './layer-tree.js';

/** Layers that keep every feature where it is. */
const transparent = new Set([
  'Activation',
  'ReLU',
  'LeakyReLU',
  'ELU',
  'PReLU',
  'ThresholdedReLU',
  'Softmax',
  'Dropout',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'BatchNormalization',
  'Masking',
]);

/** Layers whose output has its channels in front of its positions in PyTorch. */
const channelled =
  /^(Conv|SeparableConv|DepthwiseConv|MaxPooling|AveragePooling|UpSampling|ZeroPadding|Cropping|SpatialDropout)/;

/**
 * The shape, channels first, of what was flattened into a layer's input: PyTorch flattens channel by channel,
 * TensorFlow.js position by position, so that the features come in another order.
 *
 * @returns [channels, …positions], or undefined where both orders are one
 * @throws RangeError if flattened features are mixed with others on their way
 */
export function channelsFirstShape({ outer, path }: LeafLayer): number[] | undefined {
  const source = flattenBefore(outer, path);
  if (!source) return undefined;
  const [, ...shape] = (nodeOf(source)?.inputShapes[0] ?? []).map((size) => size ?? 1);
  const positions = shape.slice(0, -1);
  const channels = shape.at(-1) ?? 1;
  if (channels === 1 || positions.every((size) => size === 1)) return undefined;
  if (positions.length === 1 && !comesFromChannels(source)) return undefined; // a sequence, alike in both
  return [channels, ...positions];
}

/** True if a layer's features become positions and channels: PyTorch's view has them in another order. */
export function isUnflattened(layer: LayerLike): boolean {
  return consumersOf(layer).some((next) => {
    if (transparent.has(classOf(next))) return isUnflattened(next);
    const shape = nodeOf(next)?.outputShapes[0]?.slice(1) ?? [];
    return classOf(next) === 'Reshape' && shape.length > 2 && shape.at(-1) !== 1;
  });
}

/** The flattening that gives a layer its features, through layers that leave their order. */
function flattenBefore(layer: LayerLike, path: string): LayerLike | undefined {
  const inputs = nodeOf(layer)?.inboundLayers ?? [];
  const [input] = inputs;
  if (!input || inputs.length > 1) {
    if (inputs.some((one) => isFlattening(one) || flattenBefore(one, path))) {
      throw new RangeError(
        `layersModel: ${path} cannot go by PyTorch's names: it takes flattened features mixed with others. Use Keras's: layersModel(model).`,
      );
    }
    return undefined;
  }
  if (isFlattening(input)) return input;
  return transparent.has(classOf(input)) || (nodeOf(input)?.inboundLayers.length ?? 0) > 1
    ? flattenBefore(input, path)
    : undefined;
}

function isFlattening(layer: LayerLike): boolean {
  const kind = classOf(layer);
  const node = nodeOf(layer);
  return (
    (kind === 'Flatten' || (kind === 'Reshape' && node?.outputShapes[0]?.length === 2)) &&
    (node?.inputShapes[0]?.length ?? 0) > 2
  );
}

function comesFromChannels(layer: LayerLike): boolean {
  const [input] = nodeOf(layer)?.inboundLayers ?? [];
  if (!input) return false;
  if (channelled.test(classOf(input)) && !classOf(input).startsWith('ConvLSTM')) return true;
  return transparent.has(classOf(input)) && comesFromChannels(input);
}
