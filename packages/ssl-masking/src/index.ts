export { type ColumnBlock, columnLoss } from './column-loss.js';
export { type ColumnScale, columnScale } from './column-scale.js';
export {
  defineMask,
  type MaskDefinition,
  type PatchMask,
  type PatchMaskDefinition,
  type TokenMask,
  type TokenMaskDefinition,
} from './define-mask.js';
export { type CollapseReport, collapseReport, skill } from './diagnostics.js';
export { changedValues, donorValues } from './donors.js';
export { hiddenCount, type Rounding } from './hidden-count.js';
export { hideValues } from './hide-values.js';
export { type MaskedPatches, type MaskPatchesOptions, maskPatches } from './mask-patches.js';
export type { MaskRatio } from './mask-ratio.js';
export {
  type MaskedTokens,
  type MaskTokensOptions,
  maskTokens,
  maskTokenValues,
  type TokenReplacement,
} from './mask-tokens.js';
export { type MaskedLossKind, type MaskedLossOptions, maskedLoss } from './masked-loss.js';
export type { RandomByRow } from './random.js';
export { type SampleMaskOptions, sampleMask, sampleMaskValues } from './sample-mask.js';
export type { Units } from './units.js';
export type { ApplyValueMask, MaskedBatch, ValueMask, ValueMaskDefinition } from './value-mask.js';
export { fromPatches, gatherPatches, restorePatches, toPatches } from './visible-patches.js';
export { type CountPrediction, zinbLoss } from './zinb-loss.js';
