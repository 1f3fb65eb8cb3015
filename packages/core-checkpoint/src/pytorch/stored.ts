import type { PickleValue } from '../pickle/values.js';
import type { ByteRecord } from '../sources/byte-record.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { decodeView, stridedTensor } from '../tensors/strided-tensor.js';
import type { ChannelScales, RebuildContext, TensorDescription } from './descriptions.js';
import { channelQuantization } from './quantization.js';
import { denseFromCompressed, denseFromCoo } from './sparse.js';
import { findTensors } from './tree.js';

/** Every tensor of a pickled object, ready to be read. */
export function storedTensors(root: PickleValue, context: RebuildContext): StoredTensor[] {
  return findTensors(root, context).map(({ path, description }) => stored(path, description, context));
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
  const parts = description.parts.map((part) => {
    if (part.kind === 'strided') return part;
    throw context.refuse('bad-pickle', 'holds a sparse tensor made of sparse tensors');
  });
  const values = parts.at(-1);
  if (!values) throw context.refuse('bad-pickle', 'holds a sparse tensor without values');
  const views = parts.map(({ view }) => view);
  return {
    path,
    dtype: values.view.dtype.name,
    shape: description.shape,
    records: parts.map((part) => recordOf(part, context)),
    decode: (payloads) => {
      const tensors = payloads.map((bytes, i) => {
        const view = views[i] ?? values.view;
        return {
          dtype: view.dtype.name,
          shape: view.shape,
          data: decodeView(view, view.shape.includes(0) ? bytes.subarray(0, 0) : bytes),
        };
      });
      return description.kind === 'coo'
        ? denseFromCoo(tensors, description.shape, context.refuse)
        : denseFromCompressed(tensors, description.shape, description.layout, context.refuse);
    },
  };
}

/** The scales are read with the tensor, and only then. */
function withChannels(tensor: StoredTensor, channels: ChannelScales, context: RebuildContext): StoredTensor {
  const scale = stored([], channels.scale, context);
  const zeroPoint = stored([], channels.zeroPoint, context);
  const own = tensor.records.length;
  const read = ({ dtype, shape, decode, records }: StoredTensor, payloads: readonly Uint8Array[]) => ({
    dtype,
    shape,
    data: decode(payloads.slice(0, records.length)),
  });
  return {
    ...tensor,
    records: [...tensor.records, ...scale.records, ...zeroPoint.records],
    decodeQuantization: (payloads) =>
      channelQuantization(
        read(scale, payloads.slice(own)),
        read(zeroPoint, payloads.slice(own + scale.records.length)),
        channels.axis,
      ),
  };
}

function recordOf(
  { storage }: Extract<TensorDescription, { kind: 'strided' }>,
  { refuse }: RebuildContext,
): ByteRecord {
  if (storage.record) return storage.record;
  throw refuse('missing-record', `storage ${storage.key} is spoken of but not there`);
}
