import * as tf from '@tensorflow/tfjs-core';
import { changedAt } from './compare-recordings.js';
import { CompileError } from './compile-error.js';
import { deepTrace } from './record.js';
import { type KernelCall, lineOf, type Recording, textOf, type ValueRef } from './recording.js';
import { type KernelArguments, replaceKernels } from './replace-kernels.js';

/** What the host put into one step: tensors by the id of the constant that each one stands for. */
export type HostValues = ReadonlyMap<number, tf.Tensor>;

/**
 * Calls a loss without computing anything: every kernel only hands out values of the recorded shape. So all that
 * the loss takes from the host, dropout masks say, is known before the step runs natively.
 *
 * @returns what the loss read and no kernel made; the caller disposes it
 * @throws CompileError `structure-changed` where the loss makes other kernel calls than the recording's,
 *   `value-read` if it reads or keeps what its kernels computed
 */
export function replay(recording: Recording, loss: () => tf.Scalar): HostValues {
  return new Player(recording).play(loss);
}

/** Parts of tfjs that its types hide, or mark private. */
interface Tape {
  startTape(): void;
  endTape(): void;
  state: { activeTape: { saved: tf.Tensor[] | null }[] | null };
}

class Player {
  readonly #recording: Recording;
  readonly #ids = new Map<object, number>();
  readonly #data = new Map<number, object>();
  /** How many tensors hold each value that was never computed. */
  readonly #hollow = new Map<object, number>();
  readonly #host = new Map<number, tf.Tensor>();
  readonly #written: tf.TensorInfo[] = [];
  #position = 0;

  constructor(recording: Recording) {
    this.#recording = recording;
    for (const [variable, { id }] of recording.variables) {
      if (!variable.isDisposed) this.#identify(variable.dataId, id);
    }
  }

  play(loss: () => tf.Scalar): HostValues {
    const states = [...this.#recording.states.values()].map((variable) => ({
      variable,
      value: hold(variable),
    }));
    const restore = [
      replaceKernels((kernel) => (given) => this.#call(kernel.kernelName, given as KernelArguments)),
      this.#replaceMemory(),
      this.#guardVariables(),
    ];
    try {
      tf.tidy(() => this.#run(loss));
      for (const { variable, value } of states) variable.assign(value);
      if (this.#hollow.size > 0) throw this.#kept();
      return this.#host;
    } catch (error) {
      for (const { variable, value } of states) variable.assign(value);
      tf.dispose([...this.#host.values()]);
      throw error;
    } finally {
      for (const undo of restore.reverse()) undo();
      tf.dispose(states.map(({ value }) => value));
    }
  }

  /** Under a gradient tape, as in training: without one tfjs makes other calls. */
  #run(loss: () => tf.Scalar): void {
    const engine = tf.engine() as unknown as Tape;
    engine.startTape();
    try {
      const value = loss();
      this.#requireEnd(value);
      this.#findUnread();
    } finally {
      engine.endTape();
      for (const { saved } of engine.state.activeTape ?? []) tf.dispose(saved ?? []);
      engine.state.activeTape = null;
    }
  }

  #call(kernel: string, given: KernelArguments): tf.TensorInfo | tf.TensorInfo[] {
    const { calls, lossCallCount } = this.#recording;
    const call = this.#position < lossCallCount ? calls[this.#position++] : undefined;
    if (!call) throw this.#changed(`kernel ${kernel}`, 'nothing');
    if (call.kernel !== kernel) throw this.#changed(`kernel ${kernel}`, `kernel ${call.kernel}`);
    const attributes = textOf({ ...given.attrs });
    const before = textOf(call.attributes);
    if (attributes !== before) throw this.#changed(`${kernel} with ${attributes}`, `with ${before}`);
    for (const [name, ref] of Object.entries(call.inputs)) this.#read(call, ref, given.inputs[name]);
    const made = call.outputs.map((ref) => this.#make(ref));
    return call.givesList ? made : (made[0] as tf.TensorInfo);
  }

  #read(call: KernelCall, ref: KernelCall['inputs'][string], given: KernelArguments['inputs'][string]): void {
    const refs = (Array.isArray(ref) ? ref : [ref]) as ValueRef[];
    const infos = (Array.isArray(given) ? given : [given]) as (tf.TensorInfo | undefined)[];
    const agrees =
      refs.length === infos.length &&
      refs.every((one, i) => infos[i] && this.#same(one, infos[i] as tf.TensorInfo));
    if (!agrees) throw this.#changed(`${call.kernel} on other values`, 'the same');
  }

  #same(ref: ValueRef, info: tf.TensorInfo): boolean {
    if (ref.dtype !== info.dtype || !sameSizes(ref.shape, info.shape)) return false;
    const id = this.#ids.get(info.dataId);
    if (id !== undefined) return id === ref.id;
    if (!this.#recording.constants.has(ref.id) || this.#data.has(ref.id)) return false;
    this.#bind(ref.id, info);
    return true;
  }

  #bind(id: number, info: tf.TensorInfo): void {
    this.#identify(info.dataId, id);
    this.#host.set(id, hold(info));
  }

  #make({ id, shape, dtype }: ValueRef): tf.TensorInfo {
    const known = this.#data.get(id);
    const dataId = known ?? {};
    if (known) tf.backend().incRef(known as never);
    else this.#hollow.set(dataId, 1);
    this.#identify(dataId, id);
    return { dataId: dataId as never, shape: [...shape], dtype };
  }

  #identify(dataId: object, id: number): void {
    this.#ids.set(dataId, id);
    this.#data.set(id, dataId);
  }

  #requireEnd(value: tf.Tensor): void {
    const { lossCallCount, lossWriteCount, calls, outputs } = this.#recording;
    const left = calls[this.#position];
    if (left && this.#position < lossCallCount) throw changedAt(left, 'nothing', `kernel ${left.kernel}`);
    const isLoss = this.#ids.get(value.dataId) === outputs.get('loss')?.id;
    if (!isLoss) throw this.#changed('another loss', 'the same');
    if (this.#written.length !== lossWriteCount) {
      throw this.#changed(`${this.#written.length} values from the host`, String(lossWriteCount));
    }
  }

  /** Values of the host that only gradients read: known by their place among all. */
  #findUnread(): void {
    for (const { id, writeIndex, isReadByLoss, shape, dtype } of this.#recording.constants.values()) {
      if (isReadByLoss || writeIndex === undefined) continue;
      const info = this.#written[writeIndex];
      if (
        info &&
        info.dtype === dtype &&
        tf.util.sizeFromShape(info.shape) === tf.util.sizeFromShape([...shape])
      ) {
        this.#bind(id, { ...info, shape: [...shape] });
      }
    }
  }

  /** Lets the backend count only what it holds, and refuses to read the rest. */
  #replaceMemory(): () => void {
    const backend = tf.backend();
    const { write, incRef, disposeData, readSync, read } = backend;
    const hollow = this.#hollow;
    const replaced = {
      write: (values: tf.BackendValues, shape: number[], dtype: tf.DataType) => {
        const dataId = write.call(backend, values, shape, dtype);
        if (values !== null) this.#written.push({ dataId, shape, dtype });
        return dataId;
      },
      incRef: (dataId: never) => {
        const count = hollow.get(dataId);
        if (count === undefined) incRef.call(backend, dataId);
        else hollow.set(dataId, count + 1);
      },
      disposeData: (dataId: never, force?: boolean) => {
        const count = hollow.get(dataId);
        if (count === undefined) return disposeData.call(backend, dataId, force);
        if (count > 1) hollow.set(dataId, count - 1);
        else hollow.delete(dataId);
        return count === 1;
      },
      readSync: (dataId: never) => {
        if (hollow.has(dataId)) throw unreadable();
        return readSync.call(backend, dataId);
      },
      read: (dataId: never) => {
        if (hollow.has(dataId)) throw unreadable();
        return read.call(backend, dataId);
      },
    };
    const names = Object.keys(replaced) as (keyof typeof replaced)[];
    const own = new Map(
      names.filter((name) => Object.hasOwn(backend, name)).map((name) => [name, backend[name]]),
    );
    Object.assign(backend, replaced);
    return () => {
      for (const name of names) Reflect.deleteProperty(backend, name);
      Object.assign(backend, Object.fromEntries(own));
    };
  }

  /** A variable that the recording did not write must keep its values. */
  #guardVariables(): () => void {
    const { prototype } = tf.Variable;
    const { assign } = prototype;
    const written = new Set<tf.Variable>(this.#recording.states.values());
    const player = this;
    prototype.assign = function assignRecorded(this: tf.Variable, value: tf.Tensor): void {
      if (!written.has(this)) throw player.#changed(`an assignment to variable ${this.name}`, 'none');
      assign.call(this, value);
    };
    return () => {
      prototype.assign = assign;
    };
  }

  #changed(got: string, before: string): CompileError {
    const call = this.#recording.calls[Math.max(0, this.#position - 1)] as KernelCall;
    return changedAt({ ...call, trace: deepTrace() }, got, before);
  }

  #kept(): CompileError {
    return new CompileError(
      'value-read',
      `compileLoss: the loss must return all that it computes, but it kept ${this.#hollow.size} other tensors. ` +
        "Compute them in an evaluation, or use compile: 'never'.",
    );
  }
}

function unreadable(): CompileError {
  const line = lineOf(deepTrace());
  return new CompileError(
    'value-read',
    `compileLoss: the loss must not read on the host what its kernels compute, got a read at ${line}. ` +
      "Read it after the step, or use compile: 'never'.",
    { line },
  );
}

/** Another tensor of the same values, which outlives every tidy. */
function hold({ dataId, shape, dtype }: tf.TensorInfo): tf.Tensor {
  tf.backend().incRef(dataId as never);
  return tf.keep(tf.engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype }));
}

function sameSizes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
