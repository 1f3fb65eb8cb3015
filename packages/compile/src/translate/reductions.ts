import { elementTypeNumber } from '../onnx-graph.js';
import type { KernelCall } from '../recording.js';
import { columnSums } from './rows.js';
import {
  axisFromFront,
  elementType,
  type Family,
  input,
  numberAttribute,
  output,
  type Translator,
} from './translator.js';

function axesOf(call: KernelCall, rank: number): number[] {
  const given = (call.attributes.axis ?? call.attributes.reductionIndices) as
    | number
    | number[]
    | null
    | undefined;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  const axes = given === null || given === undefined ? all : [given].flat();
  return axes.map((axis) => axisFromFront(axis, rank));
}

const reduce =
  (type: string): Translator =>
  (call, { graph, value, reshape }) => {
    const x = input(call, 'x');
    const axes = axesOf(call, x.shape.length);
    if (axes.length === 0) return value(x);
    const reduced = graph.node(type, [value(x), graph.list(axes)], {
      keepdims: call.attributes.keepDims ? 1 : 0,
    });
    return reshape(reduced, output(call));
  };

/** Of numbers over every axis but the last: a product. */
const sum: Translator = (call, scope) => {
  const x = input(call, 'x');
  const axes = axesOf(call, x.shape.length).sort((a, b) => a - b);
  const isOfColumns = axes.length === x.shape.length - 1 && axes.every((axis, i) => axis === i);
  if (!isOfColumns || axes.length === 0 || x.dtype !== 'float32' || x.perExample)
    return reduce('ReduceSum')(call, scope);
  return scope.reshape(columnSums(scope.value(x), x, scope), output(call));
};

/** All and Any: as numbers, their least and their greatest. */
const reduceBoolean =
  (type: string): Translator =>
  (call, { graph, value }) => {
    const x = input(call, 'x');
    const numbers = graph.node('Cast', [value(x)], { to: elementTypeNumber('int32') });
    const reduced = graph.node(type, [numbers, graph.list(axesOf(call, x.shape.length))], {
      keepdims: call.attributes.keepDims ? 1 : 0,
    });
    return graph.node('Cast', [reduced], { to: elementTypeNumber('bool') });
  };

const position =
  (type: string): Translator =>
  (call, { graph, value }) => {
    const x = input(call, 'x');
    const axis = axisFromFront(numberAttribute(call, 'axis'), x.shape.length);
    const found = graph.node(type, [value(x)], { axis, keepdims: 0 });
    return graph.node('Cast', [found], { to: elementTypeNumber(elementType(output(call).dtype)) });
  };

const softmax: Translator = (call, { graph, value }) => {
  const logits = input(call, 'logits');
  return graph.node('Softmax', [value(logits)], {
    axis: axisFromFront((call.attributes.dim as number | undefined) ?? -1, logits.shape.length),
  });
};

const runningSum: Translator = (call, { graph, value }) => {
  const x = input(call, 'x');
  const axis = axisFromFront(numberAttribute(call, 'axis'), x.shape.length);
  return graph.node('CumSum', [value(x), graph.scalar(axis, 'int32')], {
    exclusive: call.attributes.exclusive ? 1 : 0,
    reverse: call.attributes.reverse ? 1 : 0,
  });
};

/** Kernels that bring axes down to one value, or spread a total over them. */
export const reductions: Family = {
  All: reduceBoolean('ReduceMin'),
  Any: reduceBoolean('ReduceMax'),
  ArgMax: position('ArgMax'),
  ArgMin: position('ArgMin'),
  Cumsum: runningSum,
  Max: reduce('ReduceMax'),
  Mean: reduce('ReduceMean'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  Softmax: softmax,
  Sum: sum,
};
