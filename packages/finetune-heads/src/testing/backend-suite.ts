import * as tf from '@tensorflow/tfjs';
import { BatchNorm, crossEntropy, Linear, Sequential } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addLora,
  cacheFeatures,
  linearHead,
  probeFirst,
  probeLogits,
  selectVariables,
  withHead,
} from '../index.js';

/** What frozen encoders and new heads promise, on every backend. */
export function backendSuite(backend: string): void {
  describe(`on ${backend}`, () => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
      expect(tf.getBackend()).toBe(backend);
    });

    it('keeps frozen tensors and statistics to the bit while the head learns', async () => {
      const { before, net, x, labels, dispose } = task();
      const kept = await encoderValues(net);
      const head = await net.head.weight.variable.data();
      descend(
        selectVariables(net, (path) => path.startsWith('head.')),
        () => crossEntropy(net.call(x, { training: true }), labels),
      );
      expect(await encoderValues(net)).toEqual(kept);
      expect(await net.head.weight.variable.data()).not.toEqual(head);
      dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('is the probe, when probed and not tuned', async () => {
      const { before, net, x, dispose } = task();
      const probe = await probeFirst(net, { batches: [x], labels: [0, 1, 2, 0, 1, 2] });
      const expected = probeLogits(
        probe,
        await cacheFeatures((batch: tf.Tensor) => net.features(batch), [x]),
      ).data;
      const logits = net.call(x);
      (await logits.data()).forEach((value, i) => {
        expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-4);
      });
      logits.dispose();
      dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('merges and unmerges adapters to the bit', async () => {
      const { before, net, x, labels, dispose } = task();
      const kept = await encoderValues(net);
      const lora = addLora(net, { random: seededRandom(1, 'lora'), rank: 2 });
      descend(lora.variables, () => crossEntropy(net.call(x), labels));
      const apart = net.call(x);
      lora.merge();
      const merged = net.call(x);
      const expected = await apart.data();
      (await merged.data()).forEach((value, i) => {
        expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-4);
      });
      lora.unmerge();
      lora.dispose();
      expect(await encoderValues(net)).toEqual(kept);
      tf.dispose([apart, merged]);
      dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}

function task() {
  const before = tf.memory().numTensors;
  const encoder = new Sequential([
    new Linear(4, 5, { random: seededRandom(1, 'encoder') }),
    new BatchNorm(5),
  ]);
  const net = withHead(encoder, linearHead(5, 3, { random: seededRandom(1, 'head') }));
  const draw = seededRandom(1, 'x');
  const x = tf.tensor2d(
    Array.from({ length: 24 }, () => 2 * draw() - 1),
    [6, 4],
  );
  const labels = tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');
  const dispose = () => {
    net.dispose();
    tf.dispose([x, labels]);
  };
  return { before, net, x, labels, dispose };
}

async function encoderValues(net: { encoder: Sequential }): Promise<number[][]> {
  const values: number[][] = [];
  for (const { path, variable } of net.encoder.namedVariables()) {
    if (!path.includes('lora_')) values.push([...(await variable.data())]);
  }
  return values;
}

/** Three steps of gradient descent. */
function descend(variables: ReadonlyMap<string, tf.Variable>, loss: () => tf.Scalar): void {
  for (let step = 0; step < 3; step++) {
    tf.tidy(() => {
      const { grads } = tf.variableGrads(loss, [...variables.values()]);
      for (const variable of variables.values()) {
        const gradient = grads[variable.name];
        if (gradient) variable.assign(tf.sub(variable, tf.mul(gradient, 0.3)));
      }
    });
  }
}
