import type * as tf from '@tensorflow/tfjs-core';

/** Values as they lie in memory. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;

/** A value in a recording. */
export interface ValueRef {
  /** Two refs with one id share their values, perhaps under different shapes. */
  id: number;
  shape: readonly number[];
  dtype: tf.DataType;
  /**
   * For an exported model, how often each axis holds the batch size: axis i is `perExample[i] × batch` long
   * where that is not 0. Absent in a training step, whose shapes are fixed.
   */
  perExample?: readonly number[];
}

/** One kernel call, in the order made. */
export interface KernelCall {
  kernel: string;
  inputs: Readonly<Record<string, ValueRef | readonly ValueRef[] | undefined>>;
  attributes: Readonly<Record<string, unknown>>;
  outputs: readonly ValueRef[];
  /** Whether the kernel gave its outputs as a list. */
  givesList: boolean;
  /** Holds the place in the program; formatted only when somebody asks. */
  trace: Error;
}

/** A value that no recorded kernel made, and that is neither a feed nor a variable. */
export interface Constant extends ValueRef {
  values: TensorValues;
  trace: Error;
  /** Among the values written while the loss was computed, which one this is; absent if it came from outside. */
  writeIndex?: number;
  /** Whether a kernel of the loss itself, not only of its gradients, reads it. */
  isReadByLoss: boolean;
}

/** What a function did, in kernels. */
export interface Recording {
  calls: readonly KernelCall[];
  /** The calls that computed the loss; gradients follow. */
  lossCallCount: number;
  /** The values that the host wrote while the loss was computed. */
  lossWriteCount: number;
  constants: ReadonlyMap<number, Constant>;
  /** By the feed's name. */
  feeds: ReadonlyMap<string, ValueRef>;
  /** Every variable alive at the start, with the id of the values it held. */
  variables: ReadonlyMap<tf.Variable, ValueRef>;
  /** What the caller asked for, and `state.N` for the variables that were written. */
  outputs: ReadonlyMap<string, ValueRef>;
  /** Output name to the variable it was assigned to. */
  states: ReadonlyMap<string, tf.Variable>;
}

/** Attributes as text: equal texts, equal attributes. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, one) =>
    typeof one === 'number' && (!Number.isFinite(one) || Object.is(one, -0))
      ? `number ${1 / one} ${one}`
      : one,
  );
}

/** All values that a call reads. */
export function inputsOf(call: KernelCall): ValueRef[] {
  return Object.values(call.inputs).flatMap((input) => (input === undefined ? [] : input)) as ValueRef[];
}

/** The first line of a stack that belongs to the user's program: not to tfjs and not to the recorder. */
export function lineOf(trace: Error): string {
  const frames = (trace.stack ?? '').split('\n').slice(1);
  const foreign = frames.find(
    (frame) =>
      !/node_modules[\\/]@tensorflow|tf-core|tfjs|[\\/]compile[\\/](src|dist)[\\/](?!.*test)|node:internal/.test(
        frame,
      ),
  );
  const place = foreign?.match(/\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?\s*$/)?.[1];
  return place?.replace(/^file:\/\//, '') ?? 'a gradient function';
}
