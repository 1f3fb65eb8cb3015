import { elementTypeNumber, type OnnxGraph } from '../onnx-graph.js';
import type { ValueRef } from '../recording.js';
import { asRows, columnSums, rowCount } from './rows.js';
import {
  type Family,
  input,
  numberAttribute,
  type Scope,
  type Translator,
  UntranslatableError,
} from './translator.js';

/** Graph operators as functions: the formulas below are long. */
function operators({ graph }: Scope) {
  const binary = (type: string) => (a: string, b: string) => graph.node(type, [a, b]);
  return {
    add: binary('Add'),
    sub: binary('Sub'),
    mul: binary('Mul'),
    div: binary('Div'),
    /** Over the axes, which stay with length 1. */
    mean: (x: string, axes: number[]) => graph.node('ReduceMean', [x, graph.list(axes)], { keepdims: 1 }),
    sum: (x: string, axes: number[], keepdims = 0) =>
      graph.node('ReduceSum', [x, graph.list(axes)], { keepdims }),
    scalar: (value: number) => graph.scalar(value),
  };
}

const linear: Translator = (call, scope) => {
  const { graph, value } = scope;
  const weight = input(call, 'weight');
  const rows = graph.node('Reshape', [value(input(call, 'x')), graph.list([-1, weight.shape[1] as number])]);
  const operands = [rows, value(weight), ...(call.inputs.bias ? [value(input(call, 'bias'))] : [])];
  const product = graph.node('Gemm', operands, { transB: 1 });
  const y = scope.reshape(product, call.outputs[0] as ValueRef);
  const activation = (call.attributes.activation as string | undefined) ?? 'linear';
  if (activation === 'linear') return y;
  if (activation === 'relu') return graph.node('Relu', [y]);
  if (activation === 'relu6') return graph.node('Clip', [y, graph.scalar(0), graph.scalar(6)]);
  throw new UntranslatableError(`activation "${activation}"`);
};

/** Φ(x), or its tanh approximation's argument bent: what GELU multiplies x by. */
function normalShare(x: string, approximate: boolean, scope: Scope): { share: string; bent: string } {
  const { add, mul, scalar } = operators(scope);
  const half = (bent: string) => mul(add(bent, scalar(1)), scalar(0.5));
  if (!approximate) {
    const bent = scope.graph.node('Erf', [mul(x, scalar(Math.SQRT1_2))]);
    return { share: half(bent), bent };
  }
  const cubic = add(x, mul(scalar(0.044715), mul(x, mul(x, x))));
  const bent = scope.graph.node('Tanh', [mul(scalar(Math.sqrt(2 / Math.PI)), cubic)]);
  return { share: half(bent), bent };
}

const gelu: Translator = (call, scope) => {
  const x = scope.value(input(call, 'x'));
  return operators(scope).mul(x, normalShare(x, call.attributes.approximate === 'tanh', scope).share);
};

const activationGradient: Translator = (call, scope) => {
  const { graph } = scope;
  const { mul } = operators(scope);
  const [x, dy] = [scope.value(input(call, 'x')), scope.value(input(call, 'dy'))];
  const kind = call.attributes.activation as string;
  if (kind === 'gelu' || kind === 'geluTanh') return mul(dy, geluSlope(x, kind === 'geluTanh', scope));
  const above = graph.node('Greater', [x, graph.scalar(0)]);
  const inside =
    kind === 'relu6' ? graph.node('And', [above, graph.node('Less', [x, graph.scalar(6)])]) : above;
  return mul(dy, graph.node('Cast', [inside], { to: elementTypeNumber('float32') }));
};

function geluSlope(x: string, approximate: boolean, scope: Scope): string {
  const { add, mul, sub, scalar } = operators(scope);
  const { share, bent } = normalShare(x, approximate, scope);
  const square = mul(x, x);
  if (!approximate) {
    const density = scope.graph.node('Exp', [mul(square, scalar(-0.5))]);
    return add(share, mul(mul(x, density), scalar(1 / Math.sqrt(2 * Math.PI))));
  }
  const inner = mul(scalar(Math.sqrt(2 / Math.PI)), add(scalar(1), mul(scalar(3 * 0.044715), square)));
  const steep = sub(scalar(1), mul(bent, bent));
  return add(share, mul(mul(mul(x, scalar(0.5)), steep), inner));
}

/** Outputs: y, mean and 1 / deviation of each row. */
const layerNorm: Translator = (call, scope) => {
  const [x, gain, bias] = ['x', 'gain', 'bias'].map((name) => scope.value(input(call, name)));
  const attributes = { axis: -1, epsilon: { float: numberAttribute(call, 'epsilon') } };
  const made = scope.graph.nodes('LayerNormalization', [x, gain, bias] as string[], 3, attributes);
  return made.map((one, i) => scope.reshape(one, call.outputs[i] as ValueRef));
};

const layerNormGradient: Translator = (call, scope) => {
  const { sub, mul, mean } = operators(scope);
  const xRef = input(call, 'x');
  const last = [xRef.shape.length - 1];
  const ofRow = (name: string) =>
    scope.value({ ...input(call, name), shape: [...xRef.shape.slice(0, -1), 1] });
  const dy = scope.value(input(call, 'dy'));
  const scale = ofRow('scales');
  const normalised = mul(sub(scope.value(xRef), ofRow('means')), scale);
  const flow = mul(dy, scope.value(input(call, 'gain')));
  const along = mul(normalised, mean(mul(flow, normalised), last));
  const dx = mul(sub(sub(flow, mean(flow, last)), along), scale);
  const columns = (value: string) => scope.reshape(columnSums(value, xRef, scope), input(call, 'gain'));
  return [dx, columns(mul(dy, normalised)), columns(dy)];
};

/**
 * Outputs: y, then of each channel mean, variance and 1 / deviation. What is centred is kept for the gradient, and every
 * pass over the images that channels alone can spare is spared: the arithmetic is nothing, the memory all.
 */
const batchNorm: Translator = (call, scope) => {
  const { add, sub, mul, scalar } = operators(scope);
  const ref = input(call, 'x');
  const perRow = scalar(1 / rowCount(ref));
  const channels = ref.shape.at(-1) as number;
  const x = asRows(scope.value(ref), channels, scope);
  const means = mul(columnSums(x, ref, scope), perRow);
  const centred = sub(x, means);
  const variances = mul(columnSums(mul(centred, centred), ref, scope), perRow);
  const root = scope.graph.node('Sqrt', [add(variances, scalar(numberAttribute(call, 'epsilon')))]);
  const scales = scope.graph.node('Reciprocal', [root]);
  const [gain, bias] = [scope.value(input(call, 'gain')), scope.value(input(call, 'bias'))];
  const y = add(mul(centred, mul(scales, gain)), bias);
  scope.notes.set(`centred ${(call.outputs[1] as ValueRef).id}`, centred);
  return [y, means, variances, scales].map((one, i) => scope.reshape(one, call.outputs[i] as ValueRef));
};

const batchNormGradient: Translator = (call, scope) => {
  const { sub, mul, scalar } = operators(scope);
  const ref = input(call, 'x');
  const channels = ref.shape.at(-1) as number;
  const rows = (one: string) => asRows(one, channels, scope);
  const means = input(call, 'means');
  const centred = scope.notes.get(`centred ${means.id}`) ?? sub(rows(scope.value(ref)), scope.value(means));
  const dy = rows(scope.value(input(call, 'dy')));
  const scales = scope.value(input(call, 'scales'));
  const total = columnSums(dy, ref, scope);
  const along = mul(columnSums(mul(dy, centred), ref, scope), scales);
  const perRow = scalar(1 / rowCount(ref));
  const flow = sub(sub(dy, mul(total, perRow)), mul(centred, mul(mul(along, scales), perRow)));
  const dx = mul(flow, mul(scales, scope.value(input(call, 'gain'))));
  return [dx, along, total].map((one, i) => scope.reshape(one, call.outputs[i] as ValueRef));
};

const softmaxCrossEntropy: Translator = (call, scope) => {
  const { graph, value } = scope;
  const { sub, sum, mul } = operators(scope);
  const logits = input(call, 'logits');
  const last = logits.shape.length - 1;
  const hot = oneHotRows(value(input(call, 'labels')), logits.shape[last] as number, graph);
  const logarithms = graph.node('LogSoftmax', [value(logits)], { axis: last });
  const losses = graph.node('Neg', [sum(mul(logarithms, hot), [last])]);
  return [losses, sub(graph.node('Exp', [logarithms]), hot)];
};

function oneHotRows(labels: string, classCount: number, graph: OnnxGraph): string {
  const ids = graph.node('Unsqueeze', [
    graph.node('Cast', [labels], { to: elementTypeNumber('int64') }),
    graph.list([-1]),
  ]);
  const range = graph.list(Array.from({ length: classCount }, (_, i) => i));
  return graph.node('Cast', [graph.node('Equal', [ids, range])], { to: elementTypeNumber('float32') });
}

const maskedError: Translator = (call, scope) => {
  const { sub, mul, div, sum, scalar } = operators(scope);
  const [predicted, target, mask] = ['predicted', 'target', 'mask'].map((name) =>
    scope.value(input(call, name)),
  ) as [string, string, string];
  const axes = input(call, 'predicted').shape.map((_, axis) => axis);
  const error = sub(predicted, target);
  const hidden = mul(mask, error);
  const count = sum(mask, axes);
  return [div(sum(mul(hidden, error), axes), count), mul(hidden, div(scalar(2), count))];
};

/** Kernels that @warmstart/kernels adds for training; these names are its contract with this package. */
export const fusedTraining: Family = {
  WarmstartActivationGradient: activationGradient,
  WarmstartBatchNorm: batchNorm,
  WarmstartBatchNormGradient: batchNormGradient,
  WarmstartGelu: gelu,
  WarmstartLayerNorm: layerNorm,
  WarmstartLayerNormGradient: layerNormGradient,
  WarmstartLinear: linear,
  WarmstartMaskedError: maskedError,
  WarmstartSoftmaxCrossEntropy: softmaxCrossEntropy,
};
