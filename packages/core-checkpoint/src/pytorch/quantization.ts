import { contentOf, PickleGlobal, PickleTuple, type PickleValue } from '../pickle/values.js';
import type { NamedTensor, Quantization } from '../tensors/named-tensor.js';
import {
  type ChannelScales,
  type RebuildContext,
  type TensorDescription,
  tensorKind,
} from './descriptions.js';

/**
 * How a quantized tensor's integers stand for numbers: said in the pickle, or by two more tensors.
 *
 * @param value - (scheme, scale, zero point) or (scheme, scales, zero points, axis)
 * @see torch/_utils.py, _rebuild_qtensor
 */
export function quantizationOf(
  { refuse }: RebuildContext,
  value: PickleValue | undefined,
): { quantization: Quantization } | { channels: ChannelScales } {
  const [scheme, scale, zeroPoint, axis] = value instanceof PickleTuple ? value.items : [];
  const name = scheme instanceof PickleGlobal ? scheme.name : '';
  if (/per_tensor/.test(name) && typeof scale === 'number' && typeof zeroPoint === 'number') {
    return { quantization: { scale: [scale], zeroPoint: [zeroPoint] } };
  }
  const scales = contentOf<TensorDescription>(scale, tensorKind);
  const zeroPoints = contentOf<TensorDescription>(zeroPoint, tensorKind);
  if (/per_channel/.test(name) && scales && zeroPoints && typeof axis === 'number') {
    return { channels: { scale: scales, zeroPoint: zeroPoints, axis } };
  }
  throw refuse('bad-pickle', 'describes a quantized tensor without a scale');
}

/** The numbers of two tensors that have been read. */
export function channelQuantization(scale: NamedTensor, zeroPoint: NamedTensor, axis: number): Quantization {
  return { scale: Array.from(scale.data, Number), zeroPoint: Array.from(zeroPoint.data, Number), axis };
}
