import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { onlineProbe } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

describe('onlineProbe', () => {
  it('judges features on held rows, again as they are now, and leaves the encoder alone', async () => {
    const scale = tf.variable(tf.scalar(0));
    const rows = [[-2], [-1], [1], [2]];
    const measure = onlineProbe({
      encode: (batch: number[][]) => tf.mul(tf.tensor2d(batch), scale),
      labelled: { batches: [rows], labels: [0, 0, 1, 1] },
      held: { batches: [[[-3], [3]], [[4]]], labels: [0, 1, 1] },
    });
    const blind = await measure();
    expect(blind.probeAccuracy).toBeCloseTo(1 / 3, 6); // all features alike: everything is class 0
    scale.assign(tf.scalar(1));
    expect(await measure()).toEqual({ probeAccuracy: 1 });
    const short = onlineProbe({
      encode: (batch: number[][]) => tf.tensor2d(batch),
      labelled: { batches: [rows], labels: [0, 0, 1, 1] },
      held: { batches: [rows], labels: [0] },
    });
    await expect(short()).rejects.toThrow('onlineProbe: held.labels must be one a row (4), got 1.');
    scale.dispose();
  });
});
