import type { Budget } from '../budget.js';
import type { Refuse } from '../errors.js';
import type { OnUnknown } from '../format-options.js';
import { dtypeBy } from '../tensors/dtypes.js';
import { elementCount, type NamedTensor } from '../tensors/named-tensor.js';
import { rowMajorStrides } from '../tensors/permute-axes.js';
import { decodeView } from '../tensors/strided-tensor.js';
import {
  contentOf,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleValue,
  skippedKind,
  valueText,
} from './values.js';

/** Kind of the stand-in for a NumPy array; its content is a `NumpyArray`. */
export const numpyArrayKind = 'NumPy array';
const numpyDtypeKind = 'NumPy dtype';

/** An array as its pickle describes it: undefined until it has been given its state, or if its dtype is left out. */
export interface NumpyArray {
  tensor: NamedTensor | undefined;
}

interface NumpyDtype {
  /** kind and size, "f4" */
  readonly code: string;
  bigEndian: boolean;
}

/** What making arrays needs at hand. */
export interface NumpyContext {
  readonly refuse: Refuse;
  readonly budget: Budget;
  /** of arrays whose elements are not plain numbers */
  readonly onUnknown: OnUnknown;
}

type Call = (args: readonly PickleValue[]) => PickleValue;

/**
 * The names that NumPy writes around the bytes of arrays and scalars, in versions 1 and 2; each makes data.
 *
 * @see numpy/_core/src/multiarray/methods.c, array_reduce and array_setstate; descriptor.c, arraydescr_reduce
 */
export function numpyGlobals(context: NumpyContext): Map<string, PickleGlobal> {
  const table = new Map<string, PickleGlobal>();
  const add = (name: string, call?: Call) => table.set(name, new PickleGlobal(name, call));
  add('numpy.ndarray');
  add('numpy.dtype', (args) => dtypeObject(args, context));
  for (const core of ['numpy.core', 'numpy._core']) {
    add(`${core}.multiarray._reconstruct`, () => emptyArray(context));
    add(`${core}.multiarray.scalar`, (args) => scalarOf(args, context));
    add(`${core}.numeric._frombuffer`, (args) => fromBuffer(args, context));
  }
  return table;
}

function dtypeObject([code]: readonly PickleValue[], context: NumpyContext): PickleObject {
  const { refuse, onUnknown } = context;
  if (typeof code !== 'string' || !dtypeBy('numpy', code)) {
    if (onUnknown === 'skip') return new PickleObject(skippedKind, 'numpy.dtype', () => {});
    throw refuse('unsupported-dtype', `holds a NumPy array of ${valueText(code)}, not of plain numbers`);
  }
  const content: NumpyDtype = { code, bigEndian: false };
  return new PickleObject<NumpyDtype>(numpyDtypeKind, content, (state) => {
    const order = state instanceof PickleTuple ? state.items[1] : undefined;
    if (order !== '<' && order !== '>' && order !== '|' && order !== '=')
      throw refuse('bad-pickle', `gives a NumPy dtype the byte order ${valueText(order)}`);
    content.bigEndian = order === '>';
  });
}

function emptyArray(context: NumpyContext): PickleObject<NumpyArray> {
  const content: NumpyArray = { tensor: undefined };
  return new PickleObject<NumpyArray>(numpyArrayKind, content, (state) => {
    // (version, shape, dtype, whether columns lie together, bytes); the version may be left out
    const parts = state instanceof PickleTuple ? state.items.slice(-4) : [];
    const [shape, dtype, fortran, data] = parts;
    if (isLeftOut(dtype)) return;
    content.tensor = arrayOf({ shape, dtype, data, fortran: fortran === true || fortran === 1 }, context);
  });
}

function isLeftOut(dtype: PickleValue | undefined): boolean {
  return dtype instanceof PickleObject && dtype.kind === skippedKind;
}

function fromBuffer([data, dtype, shape, order]: readonly PickleValue[], context: NumpyContext) {
  if (isLeftOut(dtype)) return new PickleObject<NumpyArray>(numpyArrayKind, { tensor: undefined });
  const tensor = arrayOf({ shape, dtype, data, fortran: order === 'F' }, context);
  return new PickleObject<NumpyArray>(numpyArrayKind, { tensor });
}

function scalarOf([dtype, data]: readonly PickleValue[], context: NumpyContext): PickleValue {
  const { refuse } = context;
  if (dtype && isLeftOut(dtype)) return dtype;
  const { data: values, dtype: name } = arrayOf(
    { shape: new PickleTuple([]), dtype, data, fortran: false },
    context,
  );
  const [value] = values;
  if (value === undefined || values.length !== 1)
    throw refuse('unsupported-dtype', `holds a NumPy scalar of ${name}, not a plain number`);
  if (name === 'bool') return value === 1;
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

interface ArrayParts {
  shape: PickleValue | undefined;
  dtype: PickleValue | undefined;
  data: PickleValue | undefined;
  fortran: boolean;
}

function arrayOf({ shape, dtype, data, fortran }: ArrayParts, context: NumpyContext): NamedTensor {
  const { refuse, budget } = context;
  const described = contentOf<NumpyDtype>(dtype, numpyDtypeKind);
  const found = described && dtypeBy('numpy', described.code);
  const bytes = bytesOf(data);
  const sizes = shape instanceof PickleTuple ? shape.items : [];
  const whole = sizes.every((size): size is number => Number.isSafeInteger(size) && (size as number) >= 0);
  if (!found || !bytes || !(shape instanceof PickleTuple) || !whole || sizes.length > 64)
    throw refuse(
      'bad-pickle',
      `describes a NumPy array by ${valueText(shape)}, ${valueText(dtype)} and ${valueText(data)}`,
    );
  if (elementCount(sizes) * found.bytes !== bytes.byteLength)
    throw refuse('size-mismatch', `a NumPy array [${sizes}] of ${found.name} has ${bytes.byteLength} bytes`);
  budget.bytes(bytes.byteLength); // a copy, perhaps: a file may make many arrays of one text
  const strides = fortran ? rowMajorStrides([...sizes].reverse()).reverse() : rowMajorStrides(sizes);
  const view = { dtype: found, shape: sizes, strides, offset: 0, bigEndian: described.bigEndian };
  return { dtype: found.name, shape: sizes, data: decodeView(view, bytes) };
}

/** Python 2 had one type for text and bytes: what was valid as UTF-8 came as text, and goes back unchanged. */
function bytesOf(data: PickleValue | undefined): Uint8Array | undefined {
  if (data instanceof Uint8Array) return data;
  return typeof data === 'string' ? new TextEncoder().encode(data) : undefined;
}
