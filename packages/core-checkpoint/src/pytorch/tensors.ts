import {
  contentOf,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleValue,
  skippedKind,
  valueText,
} from '../pickle/values.js';
import { type Dtype, dtypes } from '../tensors/dtypes.js';
import { elementCount, type Quantization } from '../tensors/named-tensor.js';
import { viewFits } from '../tensors/strided-tensor.js';
import {
  type ChannelScales,
  type RebuildContext,
  type Storage,
  storageKind,
  type TensorDescription,
  tensorKind,
} from './descriptions.js';
import { adviceFor } from './file-kind.js';
import { quantizationOf } from './quantization.js';

type Call = (args: readonly PickleValue[]) => PickleValue;
type Arity = readonly [least: number, most: number];

/**
 * The rebuilding functions of `torch._utils` by name, with how many arguments each takes in any PyTorch; each makes
 * a description, none touches memory.
 */
export function rebuildFunctions(context: RebuildContext): [string, Call, Arity][] {
  const plain: Call = ([storage, offset, size, stride, , , metadata]) =>
    strided(context, { storage, offset, size, stride, metadata });
  const typed: Call = ([storage, offset, size, stride, , , dtype, metadata]) =>
    strided(context, { storage, offset, size, stride, dtype, metadata });
  const quantized: Call = ([storage, offset, size, stride, quantizer]) =>
    strided(context, { storage, offset, size, stride, ...quantizationOf(context, quantizer) });
  const first: Call = ([tensor = null]) => tensor;
  const laidOut: Call = ([layout, data]) => sparse(context, layout, data);
  return [
    ['torch._utils._rebuild_tensor', plain, [4, 4]],
    ['torch._utils._rebuild_tensor_v2', plain, [6, 7]],
    ['torch._utils._rebuild_tensor_v3', typed, [7, 8]],
    ['torch._utils._rebuild_qtensor', quantized, [7, 7]],
    ['torch._utils._rebuild_parameter', first, [3, 3]],
    ['torch._utils._rebuild_parameter_with_state', first, [4, 4]],
    ['torch._utils._rebuild_device_tensor_from_cpu_tensor', first, [4, 4]],
    ['torch._utils._rebuild_sparse_tensor', laidOut, [2, 2]],
    // PyTorch 1.9 to 1.13 had a function of its own for CSR
    ['torch._utils._rebuild_sparse_csr_tensor', laidOut, [2, 2]],
    ['torch._utils._rebuild_meta_tensor_no_storage', () => noData(context), [4, 4]],
    ['torch._tensor._rebuild_from_type_v2', ([make, , args]) => fromType(context, make, args), [4, 4]],
  ];
}

function noData({ refuse }: RebuildContext): never {
  throw refuse('unsupported-layout', 'holds a tensor of the meta device, which has a shape but no data', {
    hint: 'Materialise the model before saving it.',
  });
}

function fromType(
  { refuse, pickle }: RebuildContext,
  make: PickleValue | undefined,
  args: PickleValue | undefined,
) {
  const skipped = contentOf<string>(make, skippedKind);
  if (skipped !== undefined) {
    throw refuse(
      'unsupported-layout',
      `holds a tensor of another kind, made by ${skipped}`,
      adviceFor(skipped, pickle),
    );
  }
  if (!(make instanceof PickleGlobal) || !make.call || !(args instanceof PickleTuple)) {
    throw refuse('bad-pickle', 'rebuilds a tensor subclass by a function that is not in the table');
  }
  return make.call(args.items);
}

interface StridedParts {
  storage: PickleValue | undefined;
  offset: PickleValue | undefined;
  size: PickleValue | undefined;
  stride: PickleValue | undefined;
  dtype?: PickleValue | undefined;
  metadata?: PickleValue | undefined;
  quantization?: Quantization;
  channels?: ChannelScales;
}

function strided(context: RebuildContext, parts: StridedParts): PickleObject<TensorDescription> {
  const { refuse, limits } = context;
  const storage = contentOf<Storage>(parts.storage, storageKind);
  const dtype = parts.dtype instanceof PickleGlobal ? dtypeNamedBy(parts.dtype) : storage?.dtype;
  if (!storage || !dtype)
    throw refuse(
      'bad-pickle',
      `rebuilds a tensor from ${valueText(parts.storage)}, not from a storage of a known dtype`,
    );
  const view = {
    dtype,
    offset: parts.offset as number, // viewFits checks that it is a whole number
    shape: sizesOf(context, parts.size),
    strides: sizesOf(context, parts.stride),
    bigEndian: storage.bigEndian,
    ...flagsOf(context, parts.metadata, dtype),
    ...(parts.quantization && { quantization: parts.quantization }),
  };
  if (!viewFits(view, storage.byteLength)) {
    throw refuse(
      'tensor-bounds',
      `a ${dtype.name} tensor [${view.shape}] with strides [${view.strides}] at ${valueText(parts.offset)} ` +
        `does not fit storage ${storage.key} of ${storage.byteLength} bytes`,
    );
  }
  checkSize(context, view.shape, dtype);
  if (view.shape.length > limits.rank) throw refuse('limit', `a tensor has ${view.shape.length} dimensions`);
  if (storage.within) view.offset += storage.within.offset;
  const { channels } = parts;
  if (channels) checkChannels(context, view.shape, channels);
  return new PickleObject<TensorDescription>(tensorKind, {
    kind: 'strided',
    storage,
    view,
    ...(channels && { channels }),
  });
}

/** @see torch/_utils.py, set_tensor_metadata */
function flagsOf({ refuse }: RebuildContext, metadata: PickleValue | undefined, dtype: Dtype) {
  const flag = (name: string) => metadata instanceof Map && metadata.get(name) === true;
  const flags = { conjugate: flag('conj'), negative: flag('neg') };
  const signed = /^(complex|float(16|32|64)$|bfloat16$|int)/.test(dtype.name);
  if ((flags.conjugate && dtype.lanes === 1) || (flags.negative && !signed))
    throw refuse('unsupported-layout', `holds a conjugated or negated view of ${dtype.name}`);
  return flags;
}

function checkChannels(
  { refuse }: RebuildContext,
  shape: readonly number[],
  { scale, zeroPoint, axis }: ChannelScales,
): void {
  const fits = (part: TensorDescription) =>
    part.kind === 'strided' && `${part.view.shape}` === `${shape[axis]}`;
  if (fits(scale) && fits(zeroPoint)) return;
  throw refuse('tensor-bounds', `a tensor [${shape}] has no scale for each slice of axis ${axis}`);
}

function checkSize({ refuse, limits }: RebuildContext, shape: readonly number[], dtype: Dtype): void {
  const bytes = elementCount(shape) * dtype.bytes;
  if (bytes <= limits.tensorBytes) return;
  throw refuse('limit', `a ${dtype.name} tensor [${shape}] takes ${bytes} bytes once it is contiguous`, {
    hint: 'Raise limits.tensorBytes if you trust it.',
  });
}

function sizesOf({ refuse, limits }: RebuildContext, value: PickleValue | undefined): number[] {
  const items = value instanceof PickleTuple ? value.items : value;
  if (!Array.isArray(items) || items.length > limits.rank)
    throw refuse('bad-pickle', `gives ${valueText(value)} as a shape or as strides`);
  return items.map((size) => {
    if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size;
    throw refuse('tensor-bounds', `gives ${valueText(size)} as a size or stride`);
  });
}

/** The dtype that `torch.float16` and its like name; undefined for every other name. */
export function dtypeNamedBy({ name }: PickleGlobal): Dtype | undefined {
  return name.startsWith('torch.') ? dtypes().get(name.slice('torch.'.length)) : undefined;
}

function sparse(context: RebuildContext, layout: PickleValue | undefined, data: PickleValue | undefined) {
  const name = layout instanceof PickleGlobal ? layout.name : '';
  const parts = data instanceof PickleTuple ? data.items : [];
  const coo = name === 'torch.sparse_coo';
  if (parts.length > 4)
    throw context.refuse('bad-pickle', `gives a sparse tensor ${parts.length} parts; at most 4 are known`);
  const tensors = parts.slice(0, coo ? 2 : 3).map((part) => contentOf<TensorDescription>(part, tensorKind));
  const [first, second, third] = tensors;
  const known = coo || /^torch\.sparse_(csr|csc|bsr|bsc)$/.test(name);
  if (!known || !first || !second || (!coo && !third)) {
    throw context.refuse('unsupported-layout', `holds a tensor of layout ${name || 'unknown'}`);
  }
  const shape = sizesOf(context, parts[coo ? 2 : 3]);
  const values = coo ? second : third;
  if (values?.kind === 'strided') checkSize(context, shape, values.view.dtype);
  return new PickleObject<TensorDescription>(
    tensorKind,
    coo || !third
      ? { kind: 'coo', shape, parts: [first, second] }
      : {
          kind: 'compressed',
          layout: name.slice('torch.sparse_'.length),
          shape,
          parts: [first, second, third],
        },
  );
}
