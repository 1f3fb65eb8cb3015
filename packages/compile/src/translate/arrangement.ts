import type { KernelCall, ValueRef } from '../recording.js';
import {
  axisFromFront,
  elementType,
  type Family,
  input,
  inputList,
  listAttribute,
  numberAttribute,
  output,
  type Scope,
  type Translator,
  UntranslatableError,
} from './translator.js';

/** An end that means "to the last one", whatever the length. */
const toTheEnd = 2 ** 31 - 1;

const sameValues: Translator = (call, { value, reshape }) =>
  reshape(value(inputList(call)[0] as ValueRef), output(call));

const transpose: Translator = (call, { graph, value }) =>
  graph.node('Transpose', [value(input(call, 'x'))], { perm: listAttribute(call, 'perm') });

const concat: Translator = (call, { graph, value }) => {
  const parts = inputList(call).filter((part) => part.shape.every((size) => size > 0));
  const axis = axisFromFront(numberAttribute(call, 'axis'), output(call).shape.length);
  return graph.node('Concat', parts.map(value), { axis });
};

const pack: Translator = (call, scope) => {
  const axis = axisFromFront(numberAttribute(call, 'axis'), output(call).shape.length);
  const parts = inputList(call).map((part) =>
    scope.graph.node('Unsqueeze', [scope.value(part), scope.graph.list([axis])]),
  );
  return scope.graph.node('Concat', parts, { axis });
};

const unpack: Translator = (call, { graph, value }) => {
  const x = input(call, 'value');
  const axis = axisFromFront(numberAttribute(call, 'axis'), x.shape.length);
  return call.outputs.map((_, index) =>
    graph.node('Gather', [value(x), graph.scalar(index, 'int64')], { axis }),
  );
};

const split: Translator = (call, { graph, value }) => {
  const x = input(call, 'x');
  const axis = axisFromFront(numberAttribute(call, 'axis'), x.shape.length);
  requireFixed(call, x, [axis]);
  const sizes = call.outputs.map(({ shape }) => shape[axis] as number);
  return graph.nodes('Split', [value(x), graph.list(sizes)], sizes.length, { axis });
};

const slice: Translator = (call, { graph, value }) => {
  const x = input(call, 'x');
  const begin = listAttribute(call, 'begin');
  const axes = x.shape.map((_, axis) => axis).filter((axis) => x.shape[axis] !== output(call).shape[axis]);
  if (axes.length === 0) return value(x);
  requireFixed(call, x, axes);
  const starts = axes.map((axis) => begin[axis] as number);
  const ends = axes.map((axis, i) => (starts[i] as number) + (output(call).shape[axis] as number));
  return graph.node('Slice', [value(x), graph.list(starts), graph.list(ends), graph.list(axes)]);
};

const stridedSlice: Translator = (call, { graph, value, reshape }) => {
  const masks = ['beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'];
  if (masks.some((mask) => call.attributes[mask])) throw new UntranslatableError('masks');
  const x = input(call, 'x');
  const [begin, end, strides] = ['begin', 'end', 'strides'].map((name) => listAttribute(call, name)) as [
    number[],
    number[],
    number[],
  ];
  const axes = begin.map((_, axis) => axis);
  const cut = graph.node('Slice', [value(x), ...[begin, end, axes, strides].map((list) => graph.list(list))]);
  return reshape(cut, output(call));
};

const reverse: Translator = (call, { graph, value }) => {
  const x = input(call, 'x');
  const axes = listAttribute(call, 'dims').map((axis) => axisFromFront(axis, x.shape.length));
  if (axes.length === 0) return value(x);
  const all = (one: number) => graph.list(axes.map(() => one));
  return graph.node('Slice', [value(x), all(-1), all(-toTheEnd), graph.list(axes), all(-1)]);
};

const pad: Translator = (call, { graph, value }) => {
  const x = input(call, 'x');
  const paddings = call.attributes.paddings as [number, number][];
  const amounts = graph.list([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  const filling = graph.scalar(numberAttribute(call, 'constantValue'), elementType(x.dtype));
  return graph.node('Pad', [value(x), amounts, filling]);
};

const mirrorPad: Translator = (call, { graph, value }) => {
  if (call.attributes.mode !== 'reflect') throw new UntranslatableError('symmetric padding');
  const paddings = call.attributes.paddings as [number, number][];
  const amounts = graph.list([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  return graph.node('Pad', [value(input(call, 'x')), amounts], { mode: 'reflect' });
};

const tile: Translator = (call, { graph, value }) =>
  graph.node('Tile', [value(input(call, 'x')), graph.list(listAttribute(call, 'reps'))]);

/** Axes that are cut must not grow with the batch. */
function requireFixed(call: KernelCall, x: ValueRef, axes: readonly number[]): void {
  if (axes.some((axis) => x.perExample?.[axis])) {
    throw new UntranslatableError(`${call.kernel} along the batch`);
  }
}

/** Kernels that move values and compute nothing. */
export const arrangement: Family = {
  Concat: concat,
  ExpandDims: sameValues,
  Identity: sameValues,
  MirrorPad: mirrorPad,
  Pack: pack,
  PadV2: pad,
  Reshape: sameValues,
  Reverse: reverse,
  Slice: slice,
  SplitV: split,
  StridedSlice: stridedSlice,
  Tile: tile,
  Transpose: transpose,
  Unpack: unpack,
};

/** NHWC to NCHW. */
export function channelsFirst(x: string, { graph }: Scope): string {
  return graph.node('Transpose', [x], { perm: [0, 3, 1, 2] });
}

/** NCHW to NHWC. */
export function channelsLast(x: string, { graph }: Scope): string {
  return graph.node('Transpose', [x], { perm: [0, 2, 3, 1] });
}
