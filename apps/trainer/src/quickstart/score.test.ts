import { describe, expect, it } from 'vitest';
import { score } from './score.js';

describe('score', () => {
  it('averages the area over classes, each against the rest', () => {
    // class 0 is ranked perfectly, class 1 half right, class 2 perfectly
    const logits = { data: [5, 0, 0, 0, 1, 0, 0, 0.5, 3, 4, 0, 0], shape: [4, 3] };
    const { accuracy, rocAuc } = score(logits, [0, 1, 2, 1]);
    expect(accuracy).toBe(0.75);
    // class 0: {0} against {1, 2, 3}: row 3 below row 0 → 1; class 2: row 2 above all → 1
    // class 1: rows 1 and 3 against 0 and 2, margins by hand: 0.31, −4.02 against −5.01, −2.55 → 3 of 4 pairs
    expect(rocAuc).toBeCloseTo((1 + 0.75 + 1) / 3, 12);
  });
});
