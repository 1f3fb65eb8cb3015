import type { DataType } from '@tensorflow/tfjs-core';
import type { ElementType, OnnxGraph } from '../onnx-graph.js';
import type { KernelCall, ValueRef } from '../recording.js';

/** A translator's view of the graph: nodes to add, and the values made so far. */
export interface Scope {
  graph: OnnxGraph;
  /** The value's name, in the shape that the ref gives it. */
  value(ref: ValueRef): string;
  /** A shape as an int64 list; computed from the batch size where that is left open. */
  shape(ref: ValueRef): string;
  /** The value as given by `ref`'s shape, whatever it was before. */
  reshape(value: string, ref: ValueRef): string;
  /** The constant behind a ref, if it is one. */
  constant(ref: ValueRef): ArrayLike<number> | undefined;
  /** Windows of so many values in all are copied out to make a convolution one product; none are at 0. */
  unfoldUpTo: number;
  /** What one translator leaves for another, e.g. the indices of a max-pool for its gradient. */
  notes: Map<string, string>;
}

/** Turns one kernel call into nodes. @returns the name of each output */
export type Translator = (call: KernelCall, scope: Scope) => string | string[];

/** Translators by kernel name. */
export type Family = Readonly<Record<string, Translator>>;

/** A call that a translator knows but cannot express. */
export class UntranslatableError extends Error {
  override readonly name = 'UntranslatableError';
}

/** The single input of that name. */
export function input(call: KernelCall, name: string): ValueRef {
  const found = call.inputs[name];
  if (found === undefined || Array.isArray(found)) throw new UntranslatableError(`no input "${name}"`);
  return found as ValueRef;
}

/** All inputs of a call that takes a list. */
export function inputList(call: KernelCall): ValueRef[] {
  return Object.values(call.inputs).flatMap((one) => (one === undefined ? [] : one)) as ValueRef[];
}

/** The first output. */
export function output(call: KernelCall): ValueRef {
  return call.outputs[0] as ValueRef; // every kernel has one
}

export function numberAttribute(call: KernelCall, name: string): number {
  return call.attributes[name] as number; // tfjs checked it before calling the kernel
}

export function listAttribute(call: KernelCall, name: string): number[] {
  return [call.attributes[name] as number | number[]].flat();
}

/** An axis counted from the front. */
export function axisFromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The length of an axis in memory of the file. @throws UntranslatableError for strings and complex numbers */
export function elementType(dtype: DataType): ElementType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new UntranslatableError(`values of type ${dtype}`);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
