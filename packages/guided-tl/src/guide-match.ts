import type * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from '@warmstart/shapes';
import { GuidesError } from './errors.js';
import { listSome, sameShape } from './state-dict.js';

/** A model whose variables say how they are laid out. */
export interface HasLayouts {
  namedVariables(): Iterable<{ path: string; layout?: readonly number[] }>;
}

/** Which guides found a variable; prints like a load report. */
export interface GuideMatch {
  /** Paths with a variable and a guide. */
  matched: string[];
  /** Variables without a guide, which take `missing`; e.g. a new head. */
  missing: string[];
  /** Guides without a variable. */
  unexpected: string[];
  /** Guides of another shape than their variable. */
  mismatched: { path: string; variable: readonly number[]; guide: readonly number[] }[];
  toString(): string;
}

/**
 * Compares guides with variables, changing nothing.
 *
 * @param model - says how running tensors are permuted against PyTorch's layout, which guides are in
 */
export function matchGuides(
  variables: ReadonlyMap<string, tf.Variable>,
  guides: ReadonlyMap<string, NamedTensor>,
  model?: HasLayouts,
): GuideMatch {
  const layouts = layoutsOf(model);
  const match: Omit<GuideMatch, 'toString'> = { matched: [], missing: [], unexpected: [], mismatched: [] };
  for (const [path, variable] of variables) {
    const guide = guides.get(path);
    if (!guide) {
      match.missing.push(path);
      continue;
    }
    const running = layouts.get(path)?.map((axis) => guide.shape[axis] ?? 0) ?? guide.shape;
    if (sameShape(running, variable.shape)) match.matched.push(path);
    else match.mismatched.push({ path, variable: variable.shape, guide: running });
  }
  match.unexpected = [...guides.keys()].filter((key) => !variables.has(key));
  return { ...match, toString: () => matchText(match) };
}

/** The layout of each variable that is permuted. */
export function layoutsOf(model: HasLayouts | undefined): Map<string, readonly number[]> {
  const layouts = new Map<string, readonly number[]>();
  for (const { path, layout } of model?.namedVariables() ?? []) if (layout) layouts.set(path, layout);
  return layouts;
}

/** What a match prints. */
export function matchText({ missing, unexpected, mismatched }: Omit<GuideMatch, 'toString'>): string {
  const lines = [
    ...(unexpected.length > 0
      ? [`guides of no variable (${unexpected.length}): ${listSome(unexpected)}`]
      : []),
    ...mismatched.map(
      ({ path, variable, guide }) => `${path}: the variable has [${variable}], the guide [${guide}]`,
    ),
    ...(missing.length > 0 ? [`variables without a guide (${missing.length}): ${listSome(missing)}`] : []),
  ];
  return lines.length > 0 ? lines.join('\n') : '<All keys matched successfully>';
}

/** @throws GuidesError `mismatch` if a shape differs, nothing matched, or `strict` and a guide is left over */
export function checkMatch(caller: string, match: GuideMatch, strict: boolean): void {
  const isRefused =
    match.mismatched.length > 0 || match.matched.length === 0 || (strict && match.unexpected.length > 0);
  if (!isRefused) return;
  throw new GuidesError(
    'mismatch',
    `${caller}: the guides do not fit the variables; nothing was changed.\n  ${String(match).replaceAll('\n', '\n  ')}\n` +
      'Rename the guides, pass the model for its layouts, or strict: false to leave guides of frozen weights aside.',
  );
}
