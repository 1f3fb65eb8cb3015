import { CompileError } from './compile-error.js';
import { type Constant, type KernelCall, lineOf, type Recording, type ValueRef } from './recording.js';

/** Kernels whose translators read such attributes from the shapes of values instead. */
const shapeAttributes: Readonly<Record<string, readonly string[]>> = {
  Reshape: ['shape'],
  Fill: ['shape'],
  Slice: ['size'],
};

/**
 * Two recordings of one model, of batches of 2 and of 3, as one whose batch size is open: an axis of 2k values in
 * the one and 3k in the other holds k times the batch.
 *
 * @throws CompileError `structure-changed` where the two differ in more than that
 */
export function openBatch(two: Recording, three: Recording): Recording {
  if (two.calls.length !== three.calls.length) {
    throw follows(two.calls[0], 'the number of kernel calls');
  }
  const calls = two.calls.map((call, i) => openCall(call, three.calls[i] as KernelCall));
  const constants = new Map<number, Constant>();
  const others = [...three.constants.values()];
  for (const [i, constant] of [...two.constants.values()].entries()) {
    constants.set(constant.id, openConstant(constant, others[i]));
  }
  return {
    ...two,
    calls,
    constants,
    feeds: openRefs(two.feeds, three.feeds),
    outputs: openRefs(two.outputs, three.outputs),
  };
}

function openCall(call: KernelCall, other: KernelCall): KernelCall {
  if (call.kernel !== other.kernel) throw follows(call, `kernel ${call.kernel}`);
  const spared = shapeAttributes[call.kernel] ?? [];
  for (const [name, value] of Object.entries(call.attributes)) {
    if (spared.includes(name) || JSON.stringify(value) === JSON.stringify(other.attributes[name])) continue;
    throw follows(call, `attribute ${name} of ${call.kernel}`);
  }
  const inputs = Object.fromEntries(
    Object.entries(call.inputs).map(([name, given]) => {
      const twin = other.inputs[name];
      if (given === undefined) return [name, given];
      return isList(given) && isList(twin)
        ? [name, given.map((ref, i) => openRef(ref, twin[i], call))]
        : [name, openRef(given as ValueRef, twin as ValueRef, call)];
    }),
  );
  return { ...call, inputs, outputs: call.outputs.map((ref, i) => openRef(ref, other.outputs[i], call)) };
}

function isList(given: ValueRef | readonly ValueRef[] | undefined): given is readonly ValueRef[] {
  return Array.isArray(given);
}

function openConstant(constant: Constant, other: Constant | undefined): Constant {
  const opened = openRef(constant, other);
  const isOpen = opened.perExample?.some((times) => times > 0) ?? false;
  const [first] = constant.values;
  const same = isOpen
    ? [...constant.values, ...(other?.values ?? [])].every((value) => Object.is(value, first))
    : constant.values.every((value, i) => Object.is(value, other?.values[i]));
  if (same) return { ...constant, ...opened };
  throw new CompileError(
    'structure-changed',
    `exportOnnx: values made on the host must not follow the batch size, got [${constant.shape}] made at ` +
      `${lineOf(constant.trace)}. Compute them from the inputs, or pass them as an input.`,
    { line: lineOf(constant.trace) },
  );
}

function openRefs(
  two: ReadonlyMap<string, ValueRef>,
  three: ReadonlyMap<string, ValueRef>,
): Map<string, ValueRef> {
  return new Map([...two].map(([name, ref]) => [name, openRef(ref, three.get(name))]));
}

function openRef(ref: ValueRef, other: ValueRef | undefined, call?: KernelCall): ValueRef {
  if (ref.shape.length !== other?.shape.length) throw follows(call, 'a number of axes');
  const perExample = ref.shape.map((size, axis) => {
    const times = (other.shape[axis] as number) - size;
    if (times !== 0 && size !== 2 * times) throw follows(call, `an axis of ${size} values`);
    return times;
  });
  return { ...ref, perExample };
}

function follows(call: KernelCall | undefined, what: string): CompileError {
  const line = call ? lineOf(call.trace) : undefined;
  const place = line ? ` at ${line}` : '';
  return new CompileError(
    'structure-changed',
    `exportOnnx: the model must treat every example alike, but ${what} follows the batch size${place}. ` +
      'Reshape with -1 for the batch, and split along other axes.',
    call ? { kernel: call.kernel, line: line as string } : {},
  );
}
