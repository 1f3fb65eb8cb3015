import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { assignProbe, linearHead, linearProbe, probeLogits } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const rows = [0.5, 1, -1, 2, 3, -0.5, 0, 0, 1.5, -2, 2.5, 1];
const labels = [0, 1, 2, 0, 2, 1];
const features = { data: rows, shape: [6, 2] };

describe('linearProbe', () => {
  it('reaches the minimum: the gradient of the penalised loss is 0', () => {
    const probe = linearProbe(features, labels, { l2: 0.5, scale: 'none' });
    const logits = probeLogits(probe, features);
    for (let label = 0; label < 3; label++) {
      for (let column = 0; column < 2; column++) {
        let slope = 0.5 * (probe.weight[label * 2 + column] as number);
        for (let row = 0; row < 6; row++) {
          const exps = [0, 1, 2].map((other) => Math.exp(logits.data[row * 3 + other] as number));
          const share = (exps[label] as number) / exps.reduce((a, b) => a + b);
          slope += (share - (labels[row] === label ? 1 : 0)) * (rows[row * 2 + column] as number);
        }
        expect(Math.abs(slope)).toBeLessThan(1e-5);
      }
    }
  });

  it('folds the standardisation into weights that take raw features', () => {
    const raw = linearProbe(features, labels, { l2: 1 });
    const scaled = { data: rows.map((value, index) => (index % 2 ? 10 * value + 3 : value)), shape: [6, 2] };
    const again = linearProbe(scaled, labels, { l2: 1 });
    const expected = probeLogits(raw, features).data;
    probeLogits(again, scaled).data.forEach((logit, index) => {
      expect(logit).toBeCloseTo(expected[index] as number, 4);
    });
  });

  it('fills a head whose logits are its own', async () => {
    const probe = linearProbe(features, labels);
    const head = linearHead(2, 3, { random: seededRandom(1, 'head') });
    const before = tf.memory().numTensors;
    assignProbe(head, probe);
    expect(tf.memory().numTensors).toBe(before);
    const x = tf.tensor2d(rows, [6, 2]);
    const logits = head.call(x);
    const expected = probeLogits(probe, features).data;
    (await logits.data()).forEach((logit, index) => {
      expect(logit).toBeCloseTo(expected[index] as number, 5);
    });
    tf.dispose([logits, x]);
    head.dispose();
  });

  it('counts a row of weight 2 as if it were there twice', () => {
    const twice = linearProbe({ data: [...rows, 0.5, 1], shape: [7, 2] }, [...labels, 0], { scale: 'none' });
    const weighted = linearProbe(features, labels, { scale: 'none', sampleWeights: [2, 1, 1, 1, 1, 1] });
    weighted.weight.forEach((weight, index) => {
      expect(weight).toBeCloseTo(twice.weight[index] as number, 5);
    });
  });

  it('names the row that cannot be used', () => {
    expect(() => linearProbe({ data: [1, Number.NaN], shape: [2, 1] }, [0, 1])).toThrow(
      'linearProbe: features must be finite, got NaN in row 1, column 0.',
    );
    expect(() => linearProbe(features, [0, 1, 7, 0, 1, 0], { classCount: 3 })).toThrow(
      'linearProbe: labels must be classes 0 to 2, got 7 in row 2.',
    );
    const tensor = tf.ones([6, 2]);
    expect(() => linearProbe(tensor as never, labels)).toThrow(
      'linearProbe: features must be { data, shape } on the host. Of a tensor x, give { data: await x.data()',
    );
    tensor.dispose();
    expect(() => linearProbe(features, [1, 1, 1, 1, 1, 1])).toThrow(
      'labels must hold at least 2 classes, got only 1.',
    );
    expect(() => linearProbe(features, labels, { classCount: 5 })).toThrow(
      'linearProbe: every class must have a row, got none of class',
    );
    expect(linearProbe(features, labels, { classCount: 5, absentClasses: 'allow' }).classCount).toBe(5);
  });
});
