import { CompileError } from './compile-error.js';
import {
  type Constant,
  type KernelCall,
  lineOf,
  type Recording,
  textOf,
  type ValueRef,
} from './recording.js';

/** How a later recording of one program stands to an earlier one. */
export interface RecordingDifference {
  /** Values on the host that changed, as ids of the later one, in order of use. */
  changed: readonly number[];
  /** Ids of the earlier recording to those of the later. */
  twins: ReadonlyMap<number, number>;
}

/**
 * Holds two recordings of one program against each other: same kernels, same attributes, same values from outside.
 *
 * @returns which constants differ; the caller decides whether they were declared
 * @throws CompileError `structure-changed` at the first call that differs
 */
export function compareRecordings(earlier: Recording, later: Recording): RecordingDifference {
  return new Comparison(earlier, later).run();
}

/** @throws CompileError `value-undeclared` naming the first of `changed`, the kernel that reads it and its line */
export function requireUnchanged(recording: Recording, changed: readonly number[]): void {
  const [first] = changed;
  if (first === undefined) return;
  const constant = recording.constants.get(first) as Constant; // compareRecordings took it from there
  const reader = recording.calls.find((call) => flat(call.inputs).some(({ id }) => id === first));
  const line = lineOf(constant.trace);
  const more = changed.length > 1 ? ` (and ${changed.length - 1} more)` : '';
  throw new CompileError(
    'value-undeclared',
    `compileStep: every value that changes between steps must be a feed, got ${constant.dtype} ` +
      `[${constant.shape}] read by kernel ${reader?.kernel ?? 'none'}, made at ${line}${more}. ` +
      "Return it from feeds, or use compile: 'never'.",
    { line, ...(reader ? { kernel: reader.kernel } : {}) },
  );
}

class Comparison {
  readonly #earlier: Recording;
  readonly #later: Recording;
  readonly #twins = new Map<number, number>();
  readonly #changed: number[] = [];

  constructor(earlier: Recording, later: Recording) {
    this.#earlier = earlier;
    this.#later = later;
  }

  run(): RecordingDifference {
    const { feeds, variables, calls, outputs } = this.#earlier;
    for (const [name, ref] of feeds) this.#pair(ref, this.#later.feeds.get(name));
    for (const [variable, ref] of variables) this.#pair(ref, this.#later.variables.get(variable));
    for (const [index, call] of calls.entries()) this.#call(call, this.#later.calls[index]);
    const extra = this.#later.calls[calls.length];
    if (extra) throw changedAt(extra, `kernel ${extra.kernel}`, 'nothing');
    for (const [name, ref] of outputs) {
      const other = this.#later.outputs.get(name);
      if (!other || !this.#same(ref, other)) {
        throw new CompileError(
          'structure-changed',
          `compileStep: every step must compute the same outputs, but ${name} came from elsewhere this time. ` +
            "Keep decisions out of the loss, or use compile: 'never'.",
        );
      }
    }
    return { changed: this.#changed, twins: this.#twins };
  }

  #pair(ref: ValueRef, twin: ValueRef | undefined): void {
    if (twin) this.#twins.set(ref.id, twin.id);
  }

  #call(call: KernelCall, other: KernelCall | undefined): void {
    if (other?.kernel !== call.kernel) {
      throw changedAt(other ?? call, other ? `kernel ${other.kernel}` : 'nothing', `kernel ${call.kernel}`);
    }
    const [mine, theirs] = [call.attributes, other.attributes].map(textOf);
    if (mine !== theirs) throw changedAt(other, `${call.kernel} with ${theirs}`, `with ${mine}`);
    const inputs = flat(call.inputs);
    const twins = flat(other.inputs);
    if (inputs.length !== twins.length || !inputs.every((ref, i) => this.#same(ref, twins[i] as ValueRef))) {
      throw changedAt(other, `${call.kernel} on other values`, 'the same');
    }
    for (const [i, ref] of call.outputs.entries()) this.#pair(ref, other.outputs[i]);
  }

  #same(ref: ValueRef, other: ValueRef): boolean {
    if (textOf(ref.shape) !== textOf(other.shape) || ref.dtype !== other.dtype) return false;
    const twin = this.#twins.get(ref.id);
    if (twin !== undefined) return twin === other.id;
    const [mine, theirs] = [this.#earlier.constants.get(ref.id), this.#later.constants.get(other.id)];
    if (!mine || !theirs) return false;
    this.#twins.set(ref.id, other.id);
    if (mine.values.some((value, i) => !Object.is(value, theirs.values[i]))) this.#changed.push(other.id);
    return true;
  }
}

function flat(inputs: KernelCall['inputs']): ValueRef[] {
  return Object.values(inputs).flatMap((one) => (one === undefined ? [] : one)) as ValueRef[];
}

/** The error for a call that was another one before. */
export function changedAt(call: KernelCall, got: string, before: string): CompileError {
  const line = lineOf(call.trace);
  return new CompileError(
    'structure-changed',
    `compileStep: every step must make the same kernel calls, got ${got} at ${line}, before: ${before}. ` +
      "Keep decisions that depend on values or on the step out of the loss, or use compile: 'never'.",
    { kernel: call.kernel, line },
  );
}
