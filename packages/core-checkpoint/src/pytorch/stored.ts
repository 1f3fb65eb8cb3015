import type { Budget } from '../budget.js';
import { contentOf, type PickleValue, skippedKind } from '../pickle/values.js';
import type { ByteRecord } from '../sources/byte-record.js';
import { dtypeNamed } from '../tensors/dtypes.js';
import { elementCount, type NamedTensor } from '../tensors/named-tensor.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { decodeView, stridedTensor } from '../tensors/strided-tensor.js';
import type { ChannelScales, RebuildContext, TensorDescription } from './descriptions.js';
import { adviceFor } from './file-kind.js';
import { channelQuantization } from './quantization.js';
import { denseFromCompressed, denseFromCoo } from './sparse.js';
import { findTensors } from './tree.js';

/**
 * Every tensor of a pickled object, ready to be read.
 *
 * @throws CheckpointError `limit` if reading them all would take more than a file of its size should
 */
export function storedTensors(root: PickleValue, context: RebuildContext): StoredTensor[] {
  const found = findTensors(root, context);
  if (found.length === 0) refuseEmpty(root, context);
  const budget = context.newBudget();
  const counted = new Set<string>();
  return found.map(({ path, description }) => {
    const tensor = stored(path, description, context);
    spend(tensor, budget, counted);
    return tensor;
  });
}

/** A model that was left out whole leaves nothing: that is not an empty file. */
function refuseEmpty(root: PickleValue, { refuse, pickle }: RebuildContext): void {
  const values = root instanceof Map ? [...root.values()] : [root];
  const skipped = values
    .map((value) => contentOf<string>(value, skippedKind))
    .find((name) => name !== undefined);
  if (skipped === undefined) return;
  throw refuse(
    'unsafe-global',
    `holds no tensors beside objects that were left out, such as ${skipped}`,
    adviceFor(skipped, pickle),
  );
}

/** Tensors that are one and the same are read once; what is deflated is inflated for each that is read alone. */
function spend(tensor: StoredTensor, budget: Budget, counted: Set<string>): void {
  for (const { size, start, end } of tensor.records) if (size > end - start) budget.bytes(size);
  const identity = tensor.identity?.();
  if (identity !== undefined && counted.has(identity)) return;
  if (identity !== undefined) counted.add(identity);
  budget.bytes(elementCount(tensor.shape) * dtypeNamed(tensor.dtype).bytes);
}

function stored(
  path: readonly string[],
  description: TensorDescription,
  context: RebuildContext,
): StoredTensor {
  if (description.kind === 'strided') {
    const { channels, ...whole } = description;
    const tensor = stridedTensor(path, { ...whole.view, record: recordOf(whole, context) });
    return channels ? withChannels(tensor, channels, context) : tensor;
  }
  if (description.kind === 'array') {
    const { view, bytes } = description;
    const { dtype, shape: sizes } = view;
    return { path, dtype: dtype.name, shape: sizes, records: [], decode: () => decodeView(view, bytes) };
  }
  const parts = description.parts.map((part) => {
    if (part.kind === 'strided') return stored([], part, context);
    throw context.refuse('bad-pickle', 'holds a sparse tensor made of sparse tensors');
  });
  const values = parts.at(-1);
  if (!values) throw context.refuse('bad-pickle', 'holds a sparse tensor without values');
  const { shape, kind } = description;
  return {
    path,
    dtype: values.dtype,
    shape,
    records: parts.flatMap(({ records }) => records),
    decode: (payloads) => {
      const tensors = partsOf(parts, payloads);
      return kind === 'coo'
        ? denseFromCoo(tensors, shape, context.refuse)
        : denseFromCompressed(tensors, shape, description.layout, context.refuse);
    },
  };
}

/** Each part from its own payloads, which lie one after the other. */
function partsOf(parts: readonly StoredTensor[], payloads: readonly Uint8Array[]): NamedTensor[] {
  let at = 0;
  return parts.map(({ dtype, shape, decode, records }) => {
    at += records.length;
    return { dtype, shape, data: decode(payloads.slice(at - records.length, at)) };
  });
}

/** The scales are read with the tensor, and only then. */
function withChannels(tensor: StoredTensor, channels: ChannelScales, context: RebuildContext): StoredTensor {
  const parts = [tensor, stored([], channels.scale, context), stored([], channels.zeroPoint, context)];
  return {
    ...tensor,
    records: parts.flatMap(({ records }) => records),
    decode: (payloads) => tensor.decode(payloads.slice(0, tensor.records.length)),
    decodeQuantization: (payloads) => {
      const [scale, zeroPoint] = partsOf(parts, payloads).slice(1) as [NamedTensor, NamedTensor]; // of three
      return channelQuantization(scale, zeroPoint, channels.axis);
    },
  };
}

function recordOf(
  { storage }: Extract<TensorDescription, { kind: 'strided' }>,
  { refuse, limits }: RebuildContext,
): ByteRecord {
  const { key, record } = storage.within?.root ?? storage;
  if (!record) throw refuse('missing-record', `uses storage ${key}, which is not in the file`);
  if (record.size <= limits.tensorBytes) return record;
  throw refuse('limit', `storage ${key}, which is read whole, takes ${record.size} bytes`, {
    hint: 'Raise limits.tensorBytes if you trust it.',
  });
}
