import type { NamedVariable } from '../load/has-variables.js';
import { channelsFirstShape, isUnflattened } from './flattened-features.js';
import { classOf, type LayerLike, type LayerWeight } from './layer-shapes.js';
import { type LeafLayer, roleOf } from './layer-tree.js';

/** How PyTorch keeps one weight of a layer. */
export type PytorchWeight = Omit<NamedVariable, 'variable' | 'kind'> & {
  /** what Keras calls it: "kernel" */
  role: string;
};

type Naming = (leaf: LeafLayer) => PytorchWeight[];

/**
 * The weights of a layer under PyTorch's names and layouts.
 *
 * @throws RangeError if PyTorch has no layer that computes the same from them
 */
export function pytorchWeights(leaf: LeafLayer): PytorchWeight[] {
  const naming = Object.hasOwn(namings, classOf(leaf.layer)) ? namings[classOf(leaf.layer)] : undefined;
  if (naming) return naming(leaf);
  const kind = classOf(leaf.layer) || 'a class without a name';
  throw refusal(leaf, `PyTorch has no equal of ${kind}`);
}

const namings: Record<string, Naming> = {
  Dense: dense,
  Conv1D: convolution([2, 1, 0]),
  Conv2D: convolution([2, 3, 1, 0]),
  Conv3D: convolution([2, 3, 4, 1, 0]),
  // Keras keeps [height, width, out, in], PyTorch [in, out, height, width]
  Conv2DTranspose: convolution([2, 3, 1, 0]),
  Conv3DTranspose: convolution([2, 3, 4, 1, 0]),
  DepthwiseConv2D: (leaf) => [
    depthwise(leaf, `${leaf.path}.weight`),
    { role: 'bias', path: `${leaf.path}.bias` },
  ],
  SeparableConv2D: (leaf) => [
    depthwise(leaf, `${leaf.path}.depthwise.weight`),
    { role: 'pointwise_kernel', path: `${leaf.path}.pointwise.weight`, layout: [2, 3, 1, 0] },
    { role: 'bias', path: `${leaf.path}.pointwise.bias` },
  ],
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  Embedding: ({ path }) => [{ role: 'embeddings', path: `${path}.weight` }],
  PReLU: prelu,
  LSTMCell: recurrent,
  SimpleRNNCell: recurrent,
  GRUCell: (leaf) => {
    throw refusal(
      leaf,
      "TensorFlow.js's GRU applies its reset gate before the recurrent product, PyTorch's after it, so that the same weights give other numbers",
    );
  },
};

function convolution(layout: readonly number[]): Naming {
  return ({ path }) => [
    { role: 'kernel', path: `${path}.weight`, layout },
    { role: 'bias', path: `${path}.bias` },
  ];
}

/** Behind a `flatten` of channels last, PyTorch's inputs come channel by channel. */
function dense(leaf: LeafLayer): PytorchWeight[] {
  const { path } = leaf;
  const kernel = weightOf(leaf, 'kernel');
  const [, outs = 0] = sizesOf(kernel);
  if (isUnflattened(leaf.outer))
    throw refusal(leaf, 'its features are reshaped into channels last, where PyTorch has channels first');
  const flat = channelsFirstShape(leaf);
  const weight: PytorchWeight = { role: 'kernel', path: `${path}.weight`, layout: [1, 0] };
  if (flat) {
    const ins = flat.reduce((product, size) => product * size, 1);
    // running [height, width, channels, out] of PyTorch's [out, channels, height, width]
    weight.layout = [...flat.slice(1).map((_, i) => i + 2), 1, 0];
    weight.folding = { shape: [outs, ins], unfolded: [outs, ...flat] };
  }
  return [weight, { role: 'bias', path: `${path}.bias` }];
}

/** [height, width, in, multiplier] is, in PyTorch, a convolution of as many groups: [in × multiplier, 1, height, width]. */
function depthwise(leaf: LeafLayer, path: string): PytorchWeight {
  const [height = 0, width = 0, ins = 0, multiplier = 0] = sizesOf(weightOf(leaf, 'depthwise_kernel'));
  return {
    role: 'depthwise_kernel',
    path,
    layout: [2, 3, 0, 1],
    folding: { shape: [ins * multiplier, 1, height, width], unfolded: [ins, multiplier, height, width] },
  };
}

function batchNorm(leaf: LeafLayer): PytorchWeight[] {
  const has = (role: string) => leaf.weights.some((weight) => roleOf(weight) === role);
  if (has('gamma') !== has('beta'))
    throw refusal(leaf, "PyTorch's batch norm has both a scale and a shift, or neither");
  const flat = channelsFirstShape(leaf);
  const named = (role: string, name: string): PytorchWeight => ({
    role,
    path: `${leaf.path}.${name}`,
    ...(flat && {
      layout: [...flat.slice(1).map((_, i) => i + 1), 0],
      folding: { shape: [flat.reduce((product, size) => product * size, 1)], unfolded: flat },
    }),
  });
  return [
    named('gamma', 'weight'),
    named('beta', 'bias'),
    named('moving_mean', 'running_mean'),
    named('moving_variance', 'running_var'),
  ];
}

function layerNorm(leaf: LeafLayer): PytorchWeight[] {
  const has = (role: string) => leaf.weights.some((weight) => roleOf(weight) === role);
  if (has('beta') && !has('gamma')) throw refusal(leaf, "PyTorch's layer norm has no shift without a scale");
  if (channelsFirstShape(leaf)) throw refusal(leaf, 'it normalises features behind a flatten');
  return [
    { role: 'gamma', path: `${leaf.path}.weight` },
    { role: 'beta', path: `${leaf.path}.bias` },
  ];
}

/** PyTorch's has one slope, or one a channel. */
function prelu(leaf: LeafLayer): PytorchWeight[] {
  const shape = sizesOf(weightOf(leaf, 'alpha'));
  if (shape.slice(0, -1).some((size) => size !== 1) || channelsFirstShape(leaf)) {
    throw refusal(leaf, `PyTorch's PReLU has one slope a channel, this one [${shape}]. Set sharedAxes`);
  }
  const folding = { shape: [shape.at(-1) ?? 1], unfolded: shape };
  return [{ role: 'alpha', path: `${leaf.path}.weight`, layout: shape.map((_, i) => i), folding }];
}

/** PyTorch numbers stacked cells, marks the backward direction, and has a second bias that is added to the first. */
function recurrent(leaf: LeafLayer): PytorchWeight[] {
  checkActivations(leaf);
  const stacked = /\.cell_(\d+)$/.exec(leaf.path);
  const whole = stacked ? leaf.path.slice(0, stacked.index) : leaf.path;
  const direction = /\.(forward|backward)_layer$/.exec(whole);
  const path = direction ? whole.slice(0, direction.index) : whole;
  const end = `_l${stacked?.[1] ?? 0}${direction?.[1] === 'backward' ? '_reverse' : ''}`;
  return [
    { role: 'kernel', path: `${path}.weight_ih${end}`, layout: [1, 0] },
    { role: 'recurrent_kernel', path: `${path}.weight_hh${end}`, layout: [1, 0] },
    { role: 'bias', path: `${path}.bias_ih${end}`, addends: [`${path}.bias_hh${end}`] },
  ];
}

function checkActivations(leaf: LeafLayer): void {
  const config = leaf.layer.getConfig?.() ?? {};
  const { activation, recurrentActivation: gates } = config as Record<string, unknown>;
  const isLstm = classOf(leaf.layer) === 'LSTMCell';
  if (isLstm && gates !== undefined && gates !== 'sigmoid') {
    throw refusal(
      leaf,
      `the gates of PyTorch's LSTM are sigmoids, these ${String(gates)}. Make the layer with { recurrentActivation: 'sigmoid' }`,
    );
  }
  const known = isLstm ? ['tanh'] : ['tanh', 'relu'];
  if (activation === undefined || known.includes(String(activation))) return;
  throw refusal(
    leaf,
    `PyTorch's has ${known.join(' or ')} for its activation, this one ${String(activation)}`,
  );
}

function weightOf(leaf: LeafLayer, role: string): LayerWeight {
  const weight = leaf.weights.find((one) => roleOf(one) === role);
  if (weight) return weight;
  throw refusal(leaf, `it has no ${role}`);
}

function sizesOf({ shape }: LayerWeight): number[] {
  return shape.map((size) => size ?? 0); // weights have no open axis
}

function refusal(
  { path, layer, outer }: { path: string; layer: LayerLike; outer: LayerLike },
  why: string,
): RangeError {
  const kind = classOf(outer) || classOf(layer) || 'a layer';
  return new RangeError(
    `layersModel: ${path} (${kind}) cannot go by PyTorch's names: ${why}. Use Keras's: layersModel(model).`,
  );
}
