import { elementTypeNumber, type OnnxGraph } from '../onnx-graph.js';
import type { KernelCall, ValueRef } from '../recording.js';
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

/** The axes that a normalisation averages over: the last for layers, all others for batches. */
function averagedAxes(call: KernelCall): number[] {
  const rank = input(call, 'x').shape.length;
  if (call.kernel.startsWith('WarmstartLayerNorm')) return [rank - 1];
  return Array.from({ length: rank - 1 }, (_, axis) => axis);
}

/** Outputs: y, means, then for batches variances, then 1 / deviation. */
const normalisation: Translator = (call, scope) => {
  const { add, sub, mul, mean, scalar } = operators(scope);
  const x = scope.value(input(call, 'x'));
  const axes = averagedAxes(call);
  const means = mean(x, axes);
  const centred = sub(x, means);
  const variances = mean(mul(centred, centred), axes);
  const root = scope.graph.node('Sqrt', [add(variances, scalar(numberAttribute(call, 'epsilon')))]);
  const scales = scope.graph.node('Reciprocal', [root]);
  const [gain, bias] = [scope.value(input(call, 'gain')), scope.value(input(call, 'bias'))];
  const y = add(mul(mul(centred, scales), gain), bias);
  const statistics = call.kernel === 'WarmstartBatchNorm' ? [means, variances, scales] : [means, scales];
  return [y, ...statistics.map((one, i) => scope.reshape(one, call.outputs[i + 1] as ValueRef))];
};

const normalisationGradient: Translator = (call, scope) => {
  const { sub, mul, mean, sum } = operators(scope);
  const [xRef, means, scales] = [input(call, 'x'), input(call, 'means'), input(call, 'scales')];
  const isLayer = call.kernel.startsWith('WarmstartLayerNorm');
  const rank = xRef.shape.length;
  // Statistics lie one per row for layers, one per channel for batches; the latter spread by themselves.
  const spread = (ref: ValueRef) =>
    isLayer ? scope.value({ ...ref, shape: [...xRef.shape.slice(0, -1), 1] }) : scope.value(ref);
  const dy = scope.value(input(call, 'dy'));
  const scale = spread(scales);
  const normalised = mul(sub(scope.value(xRef), spread(means)), scale);
  const flow = mul(dy, scope.value(input(call, 'gain')));
  const axes = averagedAxes(call);
  const along = mul(normalised, mean(mul(flow, normalised), axes));
  const dx = mul(sub(sub(flow, mean(flow, axes)), along), scale);
  const rows = Array.from({ length: rank - 1 }, (_, axis) => axis);
  return [dx, sum(mul(dy, normalised), rows), sum(dy, rows)];
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
  WarmstartBatchNorm: normalisation,
  WarmstartBatchNormGradient: normalisationGradient,
  WarmstartGelu: gelu,
  WarmstartLayerNorm: normalisation,
  WarmstartLayerNormGradient: normalisationGradient,
  WarmstartLinear: linear,
  WarmstartMaskedError: maskedError,
  WarmstartSoftmaxCrossEntropy: softmaxCrossEntropy,
};
