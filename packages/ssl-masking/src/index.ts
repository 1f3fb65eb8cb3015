export { hiddenCount, type Rounding } from './hidden-count.js';
export { hideValues } from './hide-values.js';
export { type MaskedLossKind, type MaskedLossOptions, maskedLoss } from './masked-loss.js';
export type { Random, RandomByRow } from './random.js';
export { type SampleMaskOptions, sampleMask, sampleMaskValues } from './sample-mask.js';
export type { Units } from './units.js';
