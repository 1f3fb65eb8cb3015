import { seededRandom } from '@warmstart/random';
import { describe, expect, it } from 'vitest';
import { copyNet, predict, smallNet, trainStep } from './small-net.js';

const line = { x: Float64Array.from([-1, 0, 1]), y: Float64Array.from([-0.4, 0.1, 0.6]) };

describe('smallNet', () => {
  it('fits a line', () => {
    const net = smallNet([1, 8, 1], seededRandom(1), 1);
    for (let step = 0; step < 400; step++) trainStep(net, line, 0.02);
    expect(trainStep(net, line, 0.02)).toBeLessThan(1e-4);
  });

  it('goes downhill along finite differences of its loss', () => {
    const net = smallNet([2, 5, 4, 2], seededRandom(2), 1.5);
    const batch = {
      x: Float64Array.from([0.3, -0.7, 0.9, 0.2]),
      y: Float64Array.from([0.1, 0.4, -0.2, 0.5]),
      counted: Uint8Array.from([1, 0, 1, 1]),
    };
    const lossOf = (at: number, by: number) => {
      const copy = copyNet(net);
      copy.weights[at] = (copy.weights[at] as number) + by;
      return trainStep(copy, batch, 0);
    };
    const moved = copyNet(net);
    trainStep(moved, batch, 1e-3);
    for (let at = 0; at < net.weights.length; at++) {
      const slope = (lossOf(at, 1e-5) - lossOf(at, -1e-5)) / 2e-5;
      // after its first step, Adam's mean is a tenth of the slope
      expect(10 * (moved.first[at] as number)).toBeCloseTo(slope, 6);
    }
  });

  it('gives copies weights and an optimizer of their own', () => {
    const net = smallNet([1, 4, 1], seededRandom(3), 1);
    const before = predict(net, line.x);
    const copy = copyNet(net);
    trainStep(copy, line, 0.1);
    expect(predict(net, line.x)).toEqual(before);
    expect([net.steps, copy.steps]).toEqual([0, 1]);
  });
});
