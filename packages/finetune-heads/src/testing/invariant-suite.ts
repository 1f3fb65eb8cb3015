import * as tf from '@tensorflow/tfjs';
import { BatchNorm, crossEntropy, Linear, Sequential } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addLora,
  attentionPoolHead,
  cacheFeatures,
  consistencyLoss,
  type EncoderWithHead,
  layerDecay,
  linearHead,
  mlpHead,
  planTuning,
  probeFirst,
  pseudoLabelLoss,
  withHead,
} from '../index.js';

const sizes = fc.record({
  width: fc.integer({ min: 2, max: 5 }),
  features: fc.integer({ min: 2, max: 6 }),
  classes: fc.integer({ min: 2, max: 3 }),
  steps: fc.integer({ min: 1, max: 4 }),
  seed: fc.nat(),
});
type Sizes = typeof sizes extends fc.Arbitrary<infer T> ? T : never;

/** What holds for every encoder and head, whatever their sizes, on every backend. */
export function invariantSuite(backend: string): void {
  describe(`invariants on ${backend}`, () => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
    });
    itKeepsWhatIsFrozen();
    itPlacesEveryParameterOnce();
    itLeavesNoTensors();
  });
}

/** Some rows, their classes, and an encoder with a batch norm whose statistics are not the rows'. */
function task({ width, features, classes, seed }: Sizes) {
  const draw = seededRandom(seed, 'rows');
  const rows = 3 * classes;
  const x = tf.tensor2d(Float32Array.from({ length: rows * width }, draw), [rows, width]);
  const classOf = Array.from({ length: rows }, (_, row) => row % classes);
  const labels = tf.tensor1d(classOf, 'int32');
  const make = () =>
    withHead(
      new Sequential([
        new Linear(width, features, { random: seededRandom(seed, 'e') }),
        new BatchNorm(features),
      ]),
      linearHead(features, classes, { random: seededRandom(seed, 'h') }),
    );
  return { x, labels, classOf, make };
}

type Net = EncoderWithHead<Sequential, ReturnType<typeof linearHead>>;

function descend(variables: ReadonlyMap<string, tf.Variable>, loss: () => tf.Scalar, steps: number): void {
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => {
      const { grads } = tf.variableGrads(loss, [...variables.values()]);
      for (const variable of variables.values()) {
        const gradient = grads[variable.name];
        if (gradient) variable.assign(tf.sub(variable, tf.mul(gradient, 0.1)));
      }
    });
  }
}

async function valuesOf(of: Pick<Net, 'namedVariables'>): Promise<Map<string, number[]>> {
  const values = new Map<string, number[]>();
  for (const { path, variable } of of.namedVariables()) values.set(path, [...(await variable.data())]);
  return values;
}

function itKeepsWhatIsFrozen(): void {
  it('6: what is frozen, statistics too, stays to the bit; cached features train the same head', () =>
    fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        const { x, labels, make } = task(size);
        const [live, cached] = [make(), make()];
        const before = await valuesOf(live.encoder);
        const { all } = planTuning(live, { kind: 'head-only' });
        descend(all, () => crossEntropy(live.call(x, { training: true }), labels), size.steps);
        expect(await valuesOf(live.encoder)).toEqual(before);
        const { data, shape } = await cacheFeatures((batch: tf.Tensor2D) => cached.features(batch), [x]);
        const features = tf.tensor2d(data, shape);
        const own = planTuning(cached, { kind: 'head-only' }).all;
        descend(own, () => crossEntropy(cached.head.call(features), labels), size.steps);
        const expected = await live.head.weight.variable.data();
        (await cached.head.weight.variable.data()).forEach((value, i) => {
          expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-5);
        });
        tf.dispose([x, labels, features]);
        live.dispose();
        cached.dispose();
      }),
      { numRuns: 5 },
    ));
}

function itPlacesEveryParameterOnce(): void {
  it('8: layer decay scales are d^(depth − i), each parameter in one block', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }),
        (decay, blocks) => {
          const paths = blocks.flatMap((count, block) =>
            Array.from({ length: count }, (_, i) => `b${block}.p${i}`),
          );
          const scales = layerDecay(paths, { decay });
          expect([...scales.keys()]).toEqual(paths);
          for (const [path, scale] of scales) {
            const block = Number(path.slice(1).split('.')[0]);
            expect(scale).toBeCloseTo(decay ** (blocks.length - 1 - block), 12);
          }
        },
      ),
    ));
}

function itLeavesNoTensors(): void {
  it('9: leaves no tensor behind, also where it throws', async () => {
    const before = tf.memory().numTensors;
    const { x, labels, classOf, make } = task({ width: 3, features: 4, classes: 3, steps: 1, seed: 1 });
    const net = make();
    const random = seededRandom(1, 'more');
    const made = tf.memory().numTensors;
    await probeFirst(net, { batches: [x], labels: classOf });
    await expect(probeFirst(net, { batches: [x], labels: [0, 1] })).rejects.toThrow('one a row');
    const abort = AbortSignal.abort(new Error('enough'));
    await expect(cacheFeatures((batch: tf.Tensor2D) => net.features(batch), [x], abort)).rejects.toThrow(
      'enough',
    );
    expect(() => net.call(tf.tidy(() => x).shape as never)).toThrow();
    addLora(net, { random, rank: 2 }).dispose();
    for (const head of [mlpHead(4, 2, { random }), attentionPoolHead(4, 2, { random })]) {
      expect(() => tf.tidy(() => head.call(tf.ones([2, 5])))).toThrow();
      head.dispose();
    }
    expect(() => tf.tidy(() => pseudoLabelLoss(tf.ones([2, 2]), tf.ones([2, 3])))).toThrow(RangeError);
    expect(() => tf.tidy(() => consistencyLoss(tf.ones([2, 2]), tf.ones([2, 3])))).toThrow(RangeError);
    expect(tf.memory().numTensors).toBe(made);
    net.dispose();
    tf.dispose([x, labels]);
    expect(tf.memory().numTensors).toBe(before);
  });
}
