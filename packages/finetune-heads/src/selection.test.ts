import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { biasesAndHead, gradualUnfreezing, layerDecay, selectVariables } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const paths = [
  'encoder.fc1.weight',
  'encoder.fc1.bias',
  'encoder.fc2.weight',
  'encoder.fc2.bias',
  'head.weight',
  'head.bias',
];

function model() {
  const variables = paths.map((path) => ({
    path,
    variable: tf.variable(tf.scalar(1)),
    kind: 'parameter' as const,
  }));
  const buffer = {
    path: 'encoder.norm.running_mean',
    variable: tf.variable(tf.scalar(0)),
    kind: 'buffer' as const,
  };
  return { namedVariables: () => [...variables, buffer] };
}

describe('selectVariables', () => {
  it('takes parameters, never buffers', () => {
    expect([...selectVariables(model()).keys()]).toEqual(paths);
    expect([...selectVariables(model(), biasesAndHead()).keys()]).toEqual([
      'encoder.fc1.bias',
      'encoder.fc2.bias',
      'head.weight',
      'head.bias',
    ]);
  });

  it('refuses to freeze everything', () => {
    expect(() => selectVariables(model(), (path) => path.startsWith('haed.'))).toThrow(
      'selectVariables: at least one parameter must be selected, got none of 6: encoder.fc1.weight,',
    );
  });
});

describe('layerDecay', () => {
  it('scales each block by decay to its distance from the end', () => {
    expect([...layerDecay(paths, { decay: 0.5 }).values()]).toEqual([0.25, 0.25, 0.5, 0.5, 1, 1]);
    expect([...layerDecay(paths, { decay: 0.5, minimum: 0.4 }).values()]).toEqual([0.4, 0.4, 0.5, 0.5, 1, 1]);
  });

  it('places every path exactly once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (depth, decay) => {
          const all = Array.from({ length: depth }, (_, layer) => [
            `l${layer}.weight`,
            `l${layer}.bias`,
          ]).flat();
          const scales = layerDecay(all, { decay });
          expect([...scales.keys()]).toEqual(all);
          all.forEach((path, index) => {
            expect(scales.get(path)).toBe(decay ** (depth - 1 - Math.floor(index / 2)));
          });
        },
      ),
    );
  });
});

describe('gradualUnfreezing', () => {
  it('frees block after block from the end, then all', () => {
    const select = gradualUnfreezing(selectVariables(model()), { unfreezeAt: [2, 5] });
    const at = (epoch: number) => [...select({ step: 0, epoch }).keys()];
    expect(at(0)).toEqual(paths.slice(4));
    expect(at(2)).toEqual(paths.slice(2));
    expect(at(4)).toEqual(paths.slice(2));
    expect(at(5)).toEqual(paths);
  });

  it('names a timetable that cannot work', () => {
    const all = selectVariables(model());
    expect(() => gradualUnfreezing(all, { unfreezeAt: [5, 2] })).toThrow(
      'unfreezeAt must rise from above 0, got [5,2].',
    );
    expect(() => gradualUnfreezing(all, { unfreezeAt: [1, 2, 3] })).toThrow(
      'got 3: encoder.fc1, encoder.fc2, head.',
    );
  });
});
