import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamW, fit, NonFiniteLossError, type TrainingCheckpoint } from '../index.js';

const xs = [-1, 0, 0.5, 1, 2];

/** What the loop promises, on every backend. */
export function backendSuite(backend: string): void {
  describe(`on ${backend}`, () => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
      expect(tf.getBackend()).toBe(backend);
    });

    it('fits a line, keeps what is frozen to the bit, and leaves no tensor behind', async () => {
      const { before, variables, frozen, run, values, dispose } = line();
      const kept = await frozen.data();
      const { loss } = await run({ steps: 250 });
      const [slope = 0, offset = 0] = await values();
      expect(slope).toBeCloseTo(3, 1);
      expect(offset).toBeCloseTo(-1, 1);
      expect(loss).toBeLessThan(0.01);
      expect(await frozen.data()).toEqual(kept);
      expect(variables.size).toBe(2);
      dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('resumes to what an uninterrupted run gives', async () => {
      const whole = line();
      await whole.run({ steps: 12 });
      const expected = await whole.values();
      whole.dispose();
      const saved: TrainingCheckpoint[] = [];
      const first = line();
      await first.run({ steps: 7, checkpoint: { every: 7, save: (one) => void saved.push(one) } });
      first.dispose();
      const second = line();
      await second.run({ steps: 12, resume: saved[0] as TrainingCheckpoint });
      expect(await second.values()).toEqual(expected);
      second.dispose();
      expect(tf.memory().numTensors).toBe(second.before);
    });

    it('pins a loss that is not finite to its step and rolls back', async () => {
      const { before, run, values, dispose } = line();
      const error = await run({ steps: 20, poisonAt: 8, logEvery: 6 }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(NonFiniteLossError);
      expect(error).toMatchObject({ step: 8, restoredStep: 6 });
      expect((await values()).every(Number.isFinite)).toBe(true);
      dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}

interface LineOptions {
  steps: number;
  poisonAt?: number;
  logEvery?: number;
  checkpoint?: { every: number; save: (checkpoint: TrainingCheckpoint) => void };
  resume?: TrainingCheckpoint;
}

/** y = 3x − 1, learned by two scalars; a third one is in the loss but frozen. */
function line() {
  const before = tf.memory().numTensors;
  const scalar = (value: number) => tf.tidy(() => tf.variable(tf.scalar(value)));
  const [slope, offset, frozen] = [scalar(0), scalar(0), scalar(1)];
  const variables = new Map([
    ['slope', slope],
    ['offset', offset],
  ]);
  const optimizer = adamW({ variables, learningRate: (step) => 0.2 / (1 + step / 50), weightDecay: 0 });
  const run = ({ poisonAt, ...options }: LineOptions) =>
    fit({
      variables,
      optimizer,
      ...options,
      batches: () => ({ x: tf.tensor1d(xs), y: tf.tensor1d(xs.map((x) => 3 * x - 1)) }),
      loss: ({ x, y }, { step }) => {
        const error = tf.sub(tf.mul(tf.add(tf.mul(x, slope), offset), frozen), y);
        return tf.mean(tf.mul(tf.square(error), step === poisonAt ? Number.NaN : 1)) as tf.Scalar;
      },
    });
  const values = async () => [...(await slope.data()), ...(await offset.data())];
  const dispose = () => {
    optimizer.dispose();
    tf.dispose([slope, offset, frozen]);
  };
  return { before, variables, frozen, run, values, dispose };
}
