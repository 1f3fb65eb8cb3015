export type {
  HostTensor,
  NamedTensor,
  Quantization,
  ReadonlyStateDict,
  StateDict,
  TypedArray,
} from './named-tensor.js';
export type { Random } from './random.js';
