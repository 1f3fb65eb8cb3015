import { deferVariables } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { inceptionV3 } from '../vision/inception-v3.js';

/** One numbered Keras layer: its tensors by role. */
type Layer = Map<string, NamedTensor>;

/** What a tensor of a layer is: by name, or, in Keras 3's files, by position. */
const roles: Record<string, readonly string[]> = {
  conv2d: ['kernel'],
  batch_normalization: ['beta', 'moving_mean', 'moving_variance'],
  predictions: ['kernel', 'bias'],
};

/**
 * Keras' Inception v3, for `inceptionV3({ auxiliary: false, countIncludePad: false })`.
 *
 * Keras numbers its 94 convolutions and batch norms in the order torchvision registers them; it has no scale
 * (γ is 1), and its images are in −1 … 1. The head comes too if the file has Keras' own, `predictions`; Keras
 * models end in any: load others with `{ strict: false }` and reset the head.
 *
 * @param weights - by Keras' names, as `open` gives them from `.h5`, `.weights.h5` or a TensorFlow.js model:
 *   `conv2d_7/kernel`, `conv2d_7.conv2d_7.kernel:0`, `layers.conv2d_7.vars.0`; numbers may start anywhere
 * @throws RangeError if there are not 94 of each, or a kernel has another shape
 */
export function fromKerasInceptionV3(weights: StateDict): StateDict {
  const kernels = layersOf(weights, 'conv2d');
  const norms = layersOf(weights, 'batch_normalization');
  const model = deferVariables(() => inceptionV3({ auxiliary: false, random: seededRandom(0) }));
  const bricks = [...model.namedParameters()].filter(([path]) => path.endsWith('.conv.weight'));
  if (kernels.length !== bricks.length || norms.length !== bricks.length) {
    throw new RangeError(
      `fromKerasInceptionV3: there must be ${bricks.length} convolutions and batch norms, ` +
        `got ${kernels.length} and ${norms.length}. Is it Inception v3?`,
    );
  }
  const out: StateDict = new Map();
  for (const [index, [path, { shape }]] of bricks.entries()) {
    const kernel = kernels[index]?.get('kernel');
    const turned = kernel?.shape.length === 4 ? toOihw(kernel) : kernel;
    if (!turned || `${turned.shape}` !== `${shape}`) {
      throw new RangeError(`fromKerasInceptionV3: ${path} must be [${shape}], got [${turned?.shape ?? ''}].`);
    }
    out.set(path, turned);
    const brick = path.slice(0, -'conv.weight'.length);
    for (const [key, tensor] of normOf(norms[index] as Layer, shape[0] as number)) {
      out.set(`${brick}bn.${key}`, tensor);
    }
  }
  const [head] = layersOf(weights, 'predictions');
  const [kernel, bias] = [head?.get('kernel'), head?.get('bias')];
  if (kernel?.shape.length === 2 && bias) out.set('fc.weight', toOutIn(kernel)).set('fc.bias', bias);
  return out;
}

/** The layers of one kind, in the order of their numbers. */
function layersOf(weights: StateDict, kind: string): Layer[] {
  const name = new RegExp(`^${kind}(?:_(\\d+))?$`);
  const layers = new Map<number, Layer>();
  for (const [key, tensor] of weights) {
    const parts = key.split(/[./]/);
    const number = parts.map((part) => name.exec(part)).find((match) => match !== null);
    if (!number) continue;
    const last = (parts.at(-1) as string).replace(/:0$/, '');
    const role = parts.at(-2) === 'vars' ? roles[kind]?.[Number(last)] : last;
    const at = Number(number[1] ?? 0);
    const layer = layers.get(at) ?? new Map<string, NamedTensor>();
    if (role !== undefined) layer.set(role, tensor);
    layers.set(at, layer);
  }
  return [...layers].sort(([a], [b]) => a - b).map(([, layer]) => layer);
}

function normOf(layer: Layer, channels: number): [string, NamedTensor][] {
  const ones: NamedTensor = {
    dtype: 'float32',
    shape: [channels],
    data: new Float32Array(channels).fill(1),
  };
  const zeros: NamedTensor = { ...ones, data: new Float32Array(channels) };
  return [
    ['weight', layer.get('gamma') ?? ones],
    ['bias', layer.get('beta') ?? zeros],
    ['running_mean', layer.get('moving_mean') ?? zeros],
    ['running_var', layer.get('moving_variance') ?? ones],
    ['num_batches_tracked', { dtype: 'int64', shape: [], data: new BigInt64Array(1) }],
  ];
}

/** [height, width, in, out] to [out, in, height, width]. */
function toOihw({ shape, data }: NamedTensor): NamedTensor {
  const [height, width, ins, outs] = shape as readonly [number, number, number, number];
  const from = data as Float32Array;
  const turned = new Float32Array(from.length);
  let at = 0;
  for (let o = 0; o < outs; o++) {
    for (let i = 0; i < ins; i++) {
      for (let p = 0; p < height * width; p++) turned[at++] = from[(p * ins + i) * outs + o] as number;
    }
  }
  return { dtype: 'float32', shape: [outs, ins, height, width], data: turned };
}

/** [in, out] to [out, in]. */
function toOutIn({ shape: [ins = 0, outs = 0], data }: NamedTensor): NamedTensor {
  const { data: turned } = toOihw({ dtype: 'float32', shape: [1, 1, ins, outs], data });
  return { dtype: 'float32', shape: [outs, ins], data: turned };
}
