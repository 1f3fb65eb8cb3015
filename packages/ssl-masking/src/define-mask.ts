import type { Random } from '@warmstart/shapes';
import { type MaskedPatches, type MaskPatchesOptions, maskPatches, patchGrid } from './mask-patches.js';
import { checkMaskRatio, type MaskRatio, maskFingerprint, ratioAt } from './mask-ratio.js';
import { type MaskedTokens, type MaskTokensOptions, maskTokens } from './mask-tokens.js';
import type { RandomByRow } from './random.js';
import { type ValueMask, type ValueMaskDefinition, valueMask } from './value-mask.js';

/** A mask for texts, as in `maskTokens`. */
export interface TokenMaskDefinition
  extends Pick<MaskTokensOptions, 'maskId' | 'vocabularySize' | 'specialIds' | 'replace' | 'spanLength'> {
  kind: 'tokens';
  /** Share of tokens or words to hide, in (0, 1); BERT uses 0.15. */
  ratio: MaskRatio;
}

/** A mask for images, as in `maskPatches`. */
export interface PatchMaskDefinition extends Pick<MaskPatchesOptions, 'patchSize' | 'rounding' | 'layout'> {
  kind: 'patches';
  /** Share of patches to hide, in (0, 1); MAE uses 0.75. */
  ratio: MaskRatio;
}

/** One mask, as plain data: print it, store it in the checkpoint, resume with the same. */
export type MaskDefinition = ValueMaskDefinition | TokenMaskDefinition | PatchMaskDefinition;

/** Draws and applies a mask for texts. */
export interface TokenMask {
  readonly definition: TokenMaskDefinition;
  /** See `ValueMask`. */
  readonly fingerprint: string;
  /** @param ids - token ids, [rows × length] */
  apply(
    ids: ArrayLike<number>,
    shape: readonly [number, number],
    options: { random: Random | RandomByRow; wordIds?: ArrayLike<number>; step?: number },
  ): MaskedTokens;
}

/** Draws a mask for images. */
export interface PatchMask {
  readonly definition: PatchMaskDefinition;
  /** See `ValueMask`. */
  readonly fingerprint: string;
  /** @param shape - of the images: [batchSize, height, width], channels may follow */
  apply(shape: readonly number[], options: { random: Random | RandomByRow; step?: number }): MaskedPatches;
}

/**
 * One specification of what is hidden and how: values of tables and expression counts, tokens of texts, patches
 * of images.
 *
 * Draws come from `random` alone, in a fixed order, on the host: with one stream a row, e.g.
 * `{ forRow: (row) => seededRandom(seed, 'mask', epoch, ids[row]) }`, a sample gets the same mask in any
 * batch, in any order, on any backend. Redraw each epoch for training; for validation leave the epoch out.
 *
 * @throws RangeError for another kind, a ratio outside (0, 1), shares that do not sum to 1, or a patch size that is no size
 */
export function defineMask(definition: ValueMaskDefinition): ValueMask;
export function defineMask(definition: TokenMaskDefinition): TokenMask;
export function defineMask(definition: PatchMaskDefinition): PatchMask;
export function defineMask(definition: MaskDefinition): ValueMask | TokenMask | PatchMask {
  switch (definition.kind) {
    case 'tokens':
      return tokenMask(definition);
    case 'patches':
      return patchMask(definition);
    case 'values':
    case undefined:
      return valueMask(definition);
    default:
      throw new RangeError(
        `defineMask: kind must be values, tokens or patches, got ${JSON.stringify((definition as MaskDefinition).kind)}.`,
      );
  }
}

function tokenMask(definition: TokenMaskDefinition): TokenMask {
  const { kind: _, ratio, ...options } = definition;
  checkMaskRatio('defineMask', ratio);
  return {
    definition,
    fingerprint: maskFingerprint(definition),
    apply: (ids, shape, { step, ...more }) =>
      maskTokens(ids, shape, { ...options, ...more, maskRatio: ratioAt(ratio, step) }),
  };
}

function patchMask(definition: PatchMaskDefinition): PatchMask {
  const { kind: _, ratio, ...options } = definition;
  checkMaskRatio('defineMask', ratio);
  patchGrid('defineMask', options.patchSize, options.patchSize, options.patchSize);
  return {
    definition,
    fingerprint: maskFingerprint(definition),
    apply: (shape, { random, step }) =>
      maskPatches(shape, { ...options, random, maskRatio: ratioAt(ratio, step) }),
  };
}
