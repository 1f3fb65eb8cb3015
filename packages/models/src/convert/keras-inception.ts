import type { NamedTensor, StateDict } from '@warmstart/core-checkpoint';
import { deferVariables, seededRandom } from '@warmstart/nn';
import { inceptionV3 } from '../vision/inception-v3.js';

/**
 * Keras' Inception v3, for `inceptionV3({ auxiliary: false, countIncludePad: false })`.
 *
 * Keras numbers its 94 convolutions and batch norms in the order torchvision registers them; it has no scale
 * (γ is 1), and its images are in −1 … 1. The trunk is converted; a head is not, since Keras models end in
 * any: load with `{ strict: false }` and reset the head.
 *
 * @param weights - by Keras' names: `conv2d_7/kernel`, `batch_normalization_7/beta`, `…/moving_mean`,
 *   `…/moving_variance`; numbers may start anywhere
 * @throws RangeError if there are not 94 of each, or a kernel has another shape
 */
export function fromKerasInceptionV3(weights: StateDict): StateDict {
  const kernels = numbered(weights, /^conv2d(?:_(\d+))?\/kernel/);
  const norms = numbered(weights, /^batch_normalization(?:_(\d+))?\/(?:beta|moving_mean|moving_variance)/);
  const model = deferVariables(() => inceptionV3({ auxiliary: false, random: seededRandom(0) }));
  const bricks = [...model.namedParameters()].filter(([path]) => path.endsWith('.conv.weight'));
  if (kernels.length !== bricks.length || norms.length !== bricks.length) {
    throw new RangeError(
      `fromKerasInceptionV3: there must be ${bricks.length} convolutions and batch norms, ` +
        `got ${kernels.length} and ${norms.length}. Is it Inception v3?`,
    );
  }
  const out: StateDict = new Map();
  for (const [index, [path, parameter]] of bricks.entries()) {
    const kernel = toOihw((kernels[index] as Map<string, NamedTensor>).get('kernel') as NamedTensor);
    if (`${kernel.shape}` !== `${parameter.shape}`) {
      throw new RangeError(
        `fromKerasInceptionV3: ${path} must be [${parameter.shape}], got [${kernel.shape}].`,
      );
    }
    const norm = norms[index] as Map<string, NamedTensor>;
    const brick = path.slice(0, -'.conv.weight'.length);
    const channels = parameter.shape[0] as number;
    const ones = { dtype: 'float32', shape: [channels], data: new Float32Array(channels).fill(1) };
    const zeros = { ...ones, data: new Float32Array(channels) };
    out.set(path, kernel);
    out.set(`${brick}.bn.weight`, ones);
    out.set(`${brick}.bn.bias`, norm.get('beta') ?? zeros);
    out.set(`${brick}.bn.running_mean`, norm.get('moving_mean') ?? zeros);
    out.set(`${brick}.bn.running_var`, norm.get('moving_variance') ?? ones);
    out.set(`${brick}.bn.num_batches_tracked`, { dtype: 'int64', shape: [], data: new BigInt64Array(1) });
  }
  return out;
}

/** The tensors of each numbered layer, in the order of the numbers. */
function numbered(weights: StateDict, pattern: RegExp): Map<string, NamedTensor>[] {
  const layers = new Map<number, Map<string, NamedTensor>>();
  for (const [key, tensor] of weights) {
    const match = key.match(pattern);
    if (!match) continue;
    const number = Number(match[1] ?? 0);
    const layer = layers.get(number) ?? new Map<string, NamedTensor>();
    layer.set(key.slice(key.indexOf('/') + 1).replace(/:0$/, ''), tensor);
    layers.set(number, layer);
  }
  return [...layers].sort(([a], [b]) => a - b).map(([, layer]) => layer);
}

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
