import type { Convention } from '../load/conventions.js';
import type { NamedTensor, StateDict } from '../tensors/named-tensor.js';
import { pairLeaves } from './keras-pairs.js';
import type { LayersModelLike } from './layer-shapes.js';
import { type LeafLayer, leafLayers, roleOf } from './layer-tree.js';

/** What files hold beside the layers' weights: states of training and of random numbers. */
const besides =
  /^(optimizer|optimizer_weights|top_level_model_weights|metrics|_metrics|iterations)$|^seed_generator/;

interface FileGroup {
  parts: string[];
  /** by the last part of their names */
  weights: Map<string, { key: string; tensor: NamedTensor; shape: readonly number[] }>;
}

/** The names that TensorFlow.js and Keras give the weights of a model in their own files. */
export function kerasConventions(model: LayersModelLike): readonly Convention[] {
  return [
    {
      whose: "Keras 3's (.keras, .weights.h5)",
      read: (dict) => readKeras3(dict, [...leafLayers(model.layers)]),
    },
    {
      whose: "TensorFlow.js's or Keras's layer",
      read: (dict) => readLayerNames(dict, [...leafLayers(model.layers)]),
    },
  ];
}

/** A name by its parts, whether a file parts them by dots, as `open` does, or by slashes. */
function partsOf(key: string): string[] {
  return key.replace(/:\d+$/, '').split(/[./\\]/);
}

/**
 * Keras 3 numbers classes, not names, and variables by position: `layers/conv2d_1/vars/0` is the first
 * variable of the second Conv2D, whatever it is called.
 */
function readKeras3(dict: StateDict, leaves: readonly LeafLayer[]): StateDict {
  const names = new Map<string, string>(
    leaves.flatMap(({ kerasPath, path, weights }) =>
      weights.map((weight, index) => [`${kerasPath}/${index}`, `${path}.${roleOf(weight)}`] as const),
    ),
  );
  const read: StateDict = new Map();
  let found = 0;
  for (const [key, tensor] of dict) {
    const parts = partsOf(key).filter((part) => part !== '');
    if (parts.some((part) => besides.test(part))) continue;
    const path = parts.join('/').replaceAll('_layer_checkpoint_dependencies', 'layers');
    const name = names.get(path) ?? names.get(`layers/${path}`);
    if (name !== undefined) found += 1;
    read.set(name ?? key, tensor);
  }
  if (found === 0) throw new RangeError('fromKeras3: no tensor lies at layers/<class>/vars/<index>.');
  return read;
}

/**
 * TensorFlow.js and Keras's older files name layers: `conv2d_Conv2D3/kernel`,
 * `model_weights/stem/stem/kernel:0`, `bidirectional/forward_lstm/lstm_cell/kernel`. Names that were given are
 * matched as they are, automatic ones by their number's rank, as both libraries number anew.
 */
function readLayerNames(dict: StateDict, leaves: readonly LeafLayer[]): StateDict {
  const groups = new Map<string, FileGroup>();
  const read: StateDict = new Map();
  for (const [key, tensor] of dict) {
    const parts = partsOf(key).filter((part) => part !== '');
    if (parts.some((part) => besides.test(part))) continue;
    const below = parts[0] === 'model_weights' ? parts.slice(1) : parts;
    const role = below.at(-1) ?? '';
    const place = below.slice(0, -1);
    const group: FileGroup = groups.get(place.join('/')) ?? { parts: place, weights: new Map() };
    if (group.weights.has(role))
      throw new RangeError(`fromKeras: ${key} must be the only ${role} of its layer.`);
    group.weights.set(role, { key, tensor, shape: tensor.shape });
    groups.set(place.join('/'), group);
  }
  const pairs = pairLeaves(leaves, [...groups.values()]);
  if (pairs.size === 0) throw new RangeError('fromKeras: no tensor is named by a layer of the model.');
  for (const group of groups.values()) {
    const leaf = pairs.get(group);
    for (const [role, { key, tensor }] of group.weights)
      read.set(leaf ? `${leaf.path}.${roleIn(leaf, role)}` : key, tensor);
  }
  return read;
}

/** Keras 3's DepthwiseConv2D calls its kernel by the general name in `.h5` files. */
function roleIn({ weights }: LeafLayer, role: string): string {
  const has = (name: string) => weights.some((weight) => roleOf(weight) === name);
  return role === 'kernel' && !has('kernel') && has('depthwise_kernel') ? 'depthwise_kernel' : role;
}
