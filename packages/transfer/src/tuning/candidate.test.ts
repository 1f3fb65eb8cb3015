import { describe, expect, it } from 'vitest';
import { bestCandidate, type Candidate, type Tuning } from './candidate.js';

/** One that has these losses on 20 judging rows, in turn. */
function candidate(tune: Tuning, ...losses: number[]): Candidate {
  const rowLosses = Float64Array.from({ length: 20 }, (_, row) => losses[row % losses.length] as number);
  const loss = rowLosses.reduce((sum, value) => sum + value, 0) / 20;
  return { tune, l2: 1, loss, rowLosses, heldOut: { outputs: { data: [], shape: [0] }, targets: rowLosses } };
}

describe('bestCandidate', () => {
  const chosen = (headCaution: number, ...candidates: Candidate[]) =>
    bestCandidate(candidates, { headCaution }).tune;

  it('takes the features of an encoder where they are better by as many standard errors as asked', () => {
    const linear = candidate('linear', 0.5, 0.5);
    expect(chosen(0, linear, candidate('head', 0.1, 0.8))).toBe('head');
    expect(chosen(1, linear, candidate('head', 0.1, 0.8))).toBe('linear');
    expect(chosen(1, linear, candidate('head', 0.1, 0.2))).toBe('head');
    expect(chosen(0, candidate('head', 0.4), candidate('full', 0.39, 0.4))).toBe('head');
  });

  it('trains an encoder only for a clear gain, in likelihood too', () => {
    const head = candidate('head', 0.06, 0.07);
    expect(chosen(0, head, candidate('full', 0.005, 0.006))).toBe('head'); // 1.2 nats of 20 rows
    expect(chosen(0, candidate('head', 0.5, 0.6), candidate('full', 0.2, 0.3))).toBe('full');
    expect(chosen(0, candidate('full', 0.9))).toBe('full');
  });

  it('must have something to choose from', () => {
    expect(() => chosen(0)).toThrow('bestCandidate: there must be at least one candidate, got none.');
  });
});
