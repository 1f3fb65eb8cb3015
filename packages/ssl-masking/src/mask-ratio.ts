import { checkRatio } from './hidden-count.js';

/** Share to hide: fixed, in a line from one value to another over some steps, or any function of the step. */
export type MaskRatio = number | { from: number; to: number; steps: number } | ((step: number) => number);

/** The share at a step; after its steps a line stays at `to`. */
export function ratioAt(ratio: MaskRatio, step = 0): number {
  if (typeof ratio === 'number') return ratio;
  if (typeof ratio === 'function') return ratio(step);
  return ratio.from + (ratio.to - ratio.from) * Math.min(1, step / ratio.steps);
}

/** @throws RangeError for a fixed ratio, or an end of a line, outside (0, 1), or a line of no steps */
export function checkMaskRatio(name: string, ratio: MaskRatio | undefined): void {
  if (ratio === undefined || ratio === null) {
    throw new RangeError(
      `${name}: ratio must be given: a share in (0, 1), { from, to, steps } or a function.`,
    );
  }
  if (typeof ratio === 'function') return; // checked where it is drawn with
  const line = typeof ratio === 'number' ? { from: ratio, to: ratio, steps: 1 } : ratio;
  checkRatio(name, line.from);
  checkRatio(name, line.to);
  if (!(line.steps > 0)) throw new RangeError(`${name}: ratio.steps must be > 0, got ${line.steps}.`);
}

/** A definition as one line of text; functions count as alike, whatever they do. */
export function maskFingerprint(definition: object): string {
  return `mask ${JSON.stringify(definition, (_, value: unknown) => (typeof value === 'function' ? 'by step' : value))}`;
}
