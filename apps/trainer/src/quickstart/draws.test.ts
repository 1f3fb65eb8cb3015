import { describe, expect, it } from 'vitest';
import { drawLabels } from './draws.js';

const random = (seed: number) => () => {
  seed = (seed * 16807) % 2147483647;
  return (seed - 1) / 2147483646;
};
const classOf = Int32Array.from({ length: 300 }, (_, row) => (row < 250 ? 0 : row < 295 ? 1 : 2));
const candidates = Array.from({ length: 300 }, (_, row) => row);

describe('drawLabels', () => {
  it('draws as equally as it can, without repeats', () => {
    const drawn = drawLabels({ classOf, candidates, classCount: 3, count: 20, random: random(3) });
    expect(new Set(drawn).size).toBe(20);
    const counts = [0, 1, 2].map((label) => drawn.filter((row) => classOf[row] === label).length);
    expect(counts[2]).toBe(5); // class 2 has only five rows
    expect(Math.min(...counts.slice(0, 2))).toBeGreaterThanOrEqual(6);
  });

  it('draws only from the candidates', () => {
    const some = candidates.filter((row) => row % 2 === 0);
    const drawn = drawLabels({ classOf, candidates: some, classCount: 3, count: 10, random: random(5) });
    expect(drawn.every((row) => row % 2 === 0)).toBe(true);
  });

  it('refuses fewer labels than classes', () => {
    expect(() => drawLabels({ classOf, candidates, classCount: 3, count: 2, random: random(1) })).toThrow(
      'drawLabels: count must be at least the 3 classes, got 2.',
    );
  });
});
