import { Budget } from '../budget.js';
import type { Refuse } from '../errors.js';
import type { Limits } from '../limits.js';
import type { ByteRecord } from '../sources/byte-record.js';
import type { Dtype } from '../tensors/dtypes.js';
import type { StridedView } from '../tensors/strided-tensor.js';

/** A stretch of memory that tensors are views of. */
export interface Storage {
  readonly key: string;
  /** undefined: bytes without a type */
  readonly dtype: Dtype | undefined;
  readonly byteLength: number;
  readonly bigEndian: boolean;
  /** legacy files: this storage is a stretch of another one, which begins so many elements into it */
  readonly within?: { readonly root: Storage; readonly offset: number };
  /** set once it is known where the bytes lie */
  record?: ByteRecord | undefined;
}

/** A tensor as the pickle describes it. */
export type TensorDescription =
  | { kind: 'strided'; storage: Storage; view: Omit<StridedView, 'record'>; channels?: ChannelScales }
  /** a NumPy array, whose bytes lie in the pickle */
  | { kind: 'array'; view: Omit<StridedView, 'record'>; bytes: Uint8Array }
  | { kind: 'coo'; shape: readonly number[]; parts: readonly [TensorDescription, TensorDescription] }
  | {
      kind: 'compressed';
      layout: string;
      shape: readonly number[];
      parts: readonly [TensorDescription, TensorDescription, TensorDescription];
    };

/** What rebuilding needs to know of the file at hand. */
export interface RebuildContext {
  readonly refuse: Refuse;
  readonly limits: Limits;
  /** what the pickle may build, its constructors included */
  readonly budget: Budget;
  /** the bytes of the pickle, for what messages say of it */
  readonly pickle: Uint8Array;
  /** as much again, for a walk over what was built */
  newBudget(): Budget;
}

/** A scale and a zero point per slice along `axis`: tensors of the file themselves. */
export interface ChannelScales {
  readonly scale: TensorDescription;
  readonly zeroPoint: TensorDescription;
  readonly axis: number;
}

export const storageKind = 'storage';
export const tensorKind = 'tensor';

/** @param fileBytes - the size of the file, which its budgets grow with */
export function rebuildContext(
  limits: Limits,
  fileBytes: number,
  refuse: Refuse,
  pickle: Uint8Array,
): RebuildContext {
  const newBudget = () => new Budget(limits, fileBytes, refuse);
  return { refuse, limits, pickle, budget: newBudget(), newBudget };
}
