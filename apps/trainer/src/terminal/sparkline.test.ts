import { describe, expect, it } from 'vitest';
import { sparkline } from './sparkline.js';

describe('sparkline', () => {
  it('has the highest block for the highest number and the lowest for the lowest', () => {
    expect(sparkline([8, 7, 6, 5, 4, 3, 2, 1], 8)).toBe('█▇▆▅▄▃▂▁');
  });

  it('averages what does not fit, and shows few numbers as they are', () => {
    expect(sparkline([4, 4, 2, 2, 0, 0], 3)).toBe('█▅▁');
    expect(sparkline([1, 0], 40)).toBe('█▁');
  });

  it('is flat for equal numbers, empty for none, and leaves out what is no number', () => {
    expect(sparkline([3, 3, 3], 8)).toBe('▁▁▁');
    expect(sparkline([], 8)).toBe('');
    expect(sparkline([1, Number.NaN, 0], 8)).toBe('█▁');
  });
});
