import { PickleGlobal, PickleObject, PickleTuple, type PickleValue, valueText } from '../pickle/values.js';
import { type Dtype, dtypeBy } from '../tensors/dtypes.js';
import { elementCount } from '../tensors/named-tensor.js';
import { rowMajorStrides } from '../tensors/permute-axes.js';
import { decodeView } from '../tensors/strided-tensor.js';
import { type RebuildContext, type TensorDescription, tensorKind } from './descriptions.js';

/** A NumPy dtype: `code` is "f4", "U2", "O". */
interface NumpyDtype {
  code: string;
  bigEndian: boolean;
}

type Call = (args: readonly PickleValue[]) => PickleValue;
type Arity = readonly [least: number, most: number];

const dtypeKind = 'numpy.dtype';

/** Names of classes that stand for a type and are not called. */
export const numpyNames = [
  'numpy.ndarray',
  ...['float32', 'float64', 'int32', 'int64', 'bool_'].map((name) => `numpy.${name}`),
];

/**
 * What NumPy's scalars and arrays are pickled with: plain data. Arrays of numbers become tensors, scalars values;
 * arrays of text and of objects are named, not read.
 *
 * @see numpy/_core/multiarray.py; numpy.ndarray.__reduce__
 */
export function numpyFunctions(context: RebuildContext): [string, Call, Arity][] {
  const scalar: Call = ([dtype, value]) => scalarOf(context, dtype, value);
  const array: Call = ([type]) => arrayOf(context, type);
  const buffer: Call = ([bytes, dtype, shape, order]) =>
    filled(context, emptyArray(context), { shape, dtype, fortran: order === 'F', bytes });
  return [
    ['numpy.dtype', ([code]) => dtypeOf(context, code), [1, 4]],
    ...['numpy._core', 'numpy.core'].flatMap((core): [string, Call, Arity][] => [
      [`${core}.multiarray.scalar`, scalar, [2, 2]],
      [`${core}.multiarray._reconstruct`, array, [3, 3]],
      [`${core}.numeric._frombuffer`, buffer, [4, 5]],
    ]),
  ];
}

function dtypeOf({ refuse }: RebuildContext, code: PickleValue | undefined): PickleObject<NumpyDtype> {
  if (typeof code !== 'string' || code.length > 40)
    throw refuse('bad-pickle', `names a NumPy dtype by ${valueText(code)}`);
  const dtype: NumpyDtype = { code, bigEndian: false };
  return new PickleObject(dtypeKind, dtype, (state) => {
    dtype.bigEndian = state instanceof PickleTuple && state.items[1] === '>';
  });
}

/** The dtype of numbers; undefined for text, dates and objects. */
function numberType(value: PickleValue | undefined): { dtype: Dtype; bigEndian: boolean } | undefined {
  if (!(value instanceof PickleObject) || value.kind !== dtypeKind) return undefined;
  const { code, bigEndian } = value.content as NumpyDtype; // of this kind
  const dtype = dtypeBy('numpy', code.replace('?', 'b1'));
  return dtype && { dtype, bigEndian };
}

function scalarOf(
  context: RebuildContext,
  type: PickleValue | undefined,
  value: PickleValue | undefined,
): PickleValue {
  const number = numberType(type);
  if (!number)
    return value instanceof Uint8Array ? new PickleObject('numpy scalar', undefined) : (value ?? null);
  const { dtype, bigEndian } = number;
  if (!(value instanceof Uint8Array) || value.byteLength !== dtype.bytes)
    throw context.refuse('bad-pickle', `makes a NumPy scalar out of ${valueText(value)}`);
  if (/^(float16|bfloat16)$/.test(dtype.name) || dtype.lanes > 1)
    return new PickleObject('numpy scalar', undefined);
  const [item = 0] = decodeView({ dtype, shape: [1], strides: [1], offset: 0, bigEndian }, value);
  return dtype.name === 'bool' ? item !== 0 : item;
}

/** `_reconstruct(ndarray, (0,), b'b')` makes an empty one; the state that follows fills it. */
function arrayOf(context: RebuildContext, type: PickleValue | undefined): PickleObject {
  if (!(type instanceof PickleGlobal) || type.name !== 'numpy.ndarray')
    throw context.refuse('bad-pickle', `makes a NumPy array of class ${valueText(type)}`);
  return emptyArray(context);
}

function emptyArray(context: RebuildContext): PickleObject {
  const array: PickleObject = new PickleObject('numpy array', undefined, (state) => {
    const [version, shape, dtype, fortran, bytes] = state instanceof PickleTuple ? state.items : [];
    if (version !== 1) throw context.refuse('bad-pickle', `fills a NumPy array with ${valueText(state)}`);
    filled(context, array, { shape, dtype, fortran: fortran === true, bytes });
  });
  return array;
}

interface ArrayState {
  shape: PickleValue | undefined;
  dtype: PickleValue | undefined;
  fortran: boolean;
  bytes: PickleValue | undefined;
}

function filled(context: RebuildContext, array: PickleObject, state: ArrayState): PickleObject {
  const number = numberType(state.dtype);
  if (!number) return array;
  const { refuse, limits } = context;
  const shape = state.shape instanceof PickleTuple ? state.shape.items : undefined;
  const sizes = shape?.filter((size): size is number => Number.isSafeInteger(size) && (size as number) >= 0);
  if (!sizes || sizes.length !== shape?.length || sizes.length > limits.rank)
    throw refuse('bad-pickle', `gives ${valueText(state.shape)} as the shape of a NumPy array`);
  const { dtype, bigEndian } = number;
  // Python 2 had one type for text and bytes: what was valid as UTF-8 came as text, and goes back unchanged
  const bytes = typeof state.bytes === 'string' ? new TextEncoder().encode(state.bytes) : state.bytes;
  const wanted = elementCount(sizes) * dtype.bytes;
  if (!(bytes instanceof Uint8Array) || bytes.byteLength !== wanted) {
    throw refuse(
      'size-mismatch',
      `a NumPy array [${sizes}] of ${dtype.name} takes ${wanted} bytes, got ${valueText(bytes)}`,
    );
  }
  const strides = state.fortran ? rowMajorStrides([...sizes].reverse()).reverse() : rowMajorStrides(sizes);
  const view = { dtype, shape: sizes, strides, offset: 0, bigEndian };
  const description: TensorDescription = { kind: 'array', view, bytes };
  array.kind = tensorKind;
  array.content = description;
  return array;
}
