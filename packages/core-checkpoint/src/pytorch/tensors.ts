import { contentOf, PickleGlobal, PickleObject, PickleTuple, type PickleValue } from '../pickle/values.js';
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
import { quantizationOf } from './quantization.js';

type Call = (args: readonly PickleValue[]) => PickleValue;

/** The rebuilding functions of `torch._utils`, by name; each makes a description, none touches memory. */
export function rebuildFunctions(context: RebuildContext): [string, Call][] {
  const plain: Call = ([storage, offset, size, stride, , , metadata]) =>
    strided(context, { storage, offset, size, stride, metadata });
  const typed: Call = ([storage, offset, size, stride, , , dtype, metadata]) =>
    strided(context, { storage, offset, size, stride, dtype, metadata });
  const quantized: Call = ([storage, offset, size, stride, quantizer]) =>
    strided(context, { storage, offset, size, stride, ...quantizationOf(context, quantizer) });
  const first: Call = ([tensor = null]) => tensor;
  return [
    ['torch._utils._rebuild_tensor', plain],
    ['torch._utils._rebuild_tensor_v2', plain],
    ['torch._utils._rebuild_tensor_v3', typed],
    ['torch._utils._rebuild_qtensor', quantized],
    ['torch._utils._rebuild_parameter', first],
    ['torch._utils._rebuild_parameter_with_state', first],
    ['torch._utils._rebuild_device_tensor_from_cpu_tensor', first],
    ['torch._utils._rebuild_sparse_tensor', ([layout, data]) => sparse(context, layout, data)],
    // PyTorch 1.9 to 1.13 had a function of its own for CSR
    ['torch._utils._rebuild_sparse_csr_tensor', ([layout, data]) => sparse(context, layout, data)],
    ['torch._utils._rebuild_meta_tensor_no_storage', () => noData(context)],
    ['torch._tensor._rebuild_from_type_v2', ([make, , args]) => fromType(context, make, args)],
  ];
}

function noData({ refuse }: RebuildContext): never {
  throw refuse('unsupported-layout', 'holds a tensor of the meta device, which has a shape but no data', {
    hint: 'Materialise the model before saving it.',
  });
}

function fromType({ refuse }: RebuildContext, make: PickleValue | undefined, args: PickleValue | undefined) {
  if (!(make instanceof PickleGlobal) || !make.call || !(args instanceof PickleTuple)) {
    throw refuse('bad-pickle', 'rebuilds a tensor subclass by what cannot build it');
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
    throw refuse('bad-pickle', 'rebuilds a tensor from what is no storage, or of no dtype');
  const flag = (name: string) => parts.metadata instanceof Map && parts.metadata.get(name) === true;
  const view = {
    dtype,
    offset: parts.offset as number, // viewFits checks that it is a whole number
    shape: sizesOf(context, parts.size),
    strides: sizesOf(context, parts.stride),
    bigEndian: storage.bigEndian,
    conjugate: flag('conj'),
    negative: flag('neg'),
    ...(parts.quantization && { quantization: parts.quantization }),
  };
  if (!viewFits(view, storage.byteLength)) {
    throw refuse(
      'tensor-bounds',
      `a ${dtype.name} tensor [${view.shape}] with strides [${view.strides}] at ${String(view.offset)} ` +
        `does not fit storage ${storage.key} of ${storage.byteLength} bytes`,
    );
  }
  checkSize(context, view.shape, dtype);
  if (view.shape.length > limits.rank) throw refuse('limit', `a tensor has ${view.shape.length} dimensions`);
  const { channels } = parts;
  if (channels) checkChannels(context, view.shape, channels);
  return new PickleObject<TensorDescription>(
    tensorKind,
    { kind: 'strided', storage, view, ...(channels && { channels }) },
    () => {},
  );
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
    throw refuse('bad-pickle', 'gives a shape that is no tuple');
  return items.map((size) => {
    if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size;
    throw refuse('tensor-bounds', `gives ${String(size)} as a size or stride`);
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
    () => {},
  );
}
