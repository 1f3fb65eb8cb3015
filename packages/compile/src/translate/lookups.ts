import { elementTypeNumber } from '../onnx-graph.js';
import {
  axisFromFront,
  elementType,
  type Family,
  input,
  numberAttribute,
  output,
  type Translator,
  UntranslatableError,
} from './translator.js';

const gather: Translator = (call, { graph, value, reshape }) => {
  if (call.attributes.batchDims) throw new UntranslatableError('batchDims');
  const x = input(call, 'x');
  const axis = axisFromFront(numberAttribute(call, 'axis'), x.shape.length);
  return reshape(graph.node('Gather', [value(x), value(input(call, 'indices'))], { axis }), output(call));
};

const gatherMany: Translator = (call, { graph, value, reshape }) => {
  const indices = graph.node('Cast', [value(input(call, 'indices'))], { to: elementTypeNumber('int64') });
  return reshape(graph.node('GatherND', [value(input(call, 'params')), indices]), output(call));
};

/** The gradient of a lookup: rows are added where they came from; ids below 0 are dropped. */
const segmentSum: Translator = (call, { graph, value, shape }) => {
  const [x, ids] = [input(call, 'x'), input(call, 'segmentIds')];
  const rank = ids.shape.length;
  const wide = graph.node('Cast', [value(ids)], { to: elementTypeNumber('int64') });
  const isKept = graph.node('GreaterOrEqual', [wide, graph.scalar(0, 'int64')]);
  const places = graph.node('Max', [wide, graph.scalar(0, 'int64')]);
  const factors = graph.node('Cast', [isKept], { to: elementTypeNumber(elementType(x.dtype)) });
  const inner = x.shape.slice(rank).map((_, axis) => axis + rank);
  const spread = inner.length > 0 ? graph.node('Unsqueeze', [factors, graph.list(inner)]) : factors;
  const rows = graph.node('Mul', [value(x), spread]);
  const zeros = graph.node('Expand', [graph.scalar(0, elementType(x.dtype)), shape(output(call))]);
  const indices = graph.node('Unsqueeze', [places, graph.list([rank])]);
  return addAt(graph, { zeros, indices, rows });
};

const scatter: Translator = (call, { graph, value, shape }) => {
  const updates = input(call, 'updates');
  const zeros = graph.node('Expand', [graph.scalar(0, elementType(updates.dtype)), shape(output(call))]);
  const indices = graph.node('Cast', [value(input(call, 'indices'))], { to: elementTypeNumber('int64') });
  return addAt(graph, { zeros, indices, rows: value(updates) });
};

function addAt(
  graph: Parameters<Translator>[1]['graph'],
  parts: { zeros: string; indices: string; rows: string },
): string {
  return graph.node('ScatterND', [parts.zeros, parts.indices, parts.rows], { reduction: 'add' });
}

const oneHot: Translator = (call, { graph, value }) => {
  const type = elementType(output(call).dtype);
  const [on, off] = [numberAttribute(call, 'onValue'), numberAttribute(call, 'offValue')];
  const depth = graph.scalar(numberAttribute(call, 'depth'), 'int64');
  // ONNX counts negative ids from the end, tfjs answers them with zeros: so compare.
  const ids = graph.node('Unsqueeze', [
    graph.node('Cast', [value(input(call, 'indices'))], { to: elementTypeNumber('int64') }),
    graph.list([-1]),
  ]);
  const range = graph.node('Range', [graph.scalar(0, 'int64'), depth, graph.scalar(1, 'int64')]);
  const hit = graph.node('Equal', [ids, range]);
  return graph.node('Where', [hit, graph.scalar(on, type), graph.scalar(off, type)]);
};

/** Kernels that read or write at places given by other values. */
export const lookups: Family = {
  GatherNd: gatherMany,
  GatherV2: gather,
  OneHot: oneHot,
  ScatterNd: scatter,
  UnsortedSegmentSum: segmentSum,
};
