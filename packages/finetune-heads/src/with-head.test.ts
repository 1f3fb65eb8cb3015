import * as tf from '@tensorflow/tfjs';
import { Linear } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { linearHead, mlpHead, selectVariables, withHead } from './index.js';

let tensorsBefore = 0;

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

const random = () => seededRandom(7, 'test');

describe('withHead', () => {
  it('is one model with the paths encoder and head', () => {
    const model = withHead(new Linear(4, 3, { random: random() }), linearHead(3, 2, { random: random() }));
    expect([...model.namedVariables()].map(({ path, variable }) => [path, variable.shape])).toEqual([
      ['encoder.weight', [3, 4]],
      ['encoder.bias', [3]],
      ['head.weight', [2, 3]],
      ['head.bias', [2]],
    ]);
    expect([...selectVariables(model, (path) => path.startsWith('head.')).keys()]).toEqual([
      'head.weight',
      'head.bias',
    ]);
    model.dispose();
  });

  it('gives what the head makes of the features', async () => {
    const model = withHead(
      new Linear(4, 3, { random: random() }),
      mlpHead(3, 2, { random: random(), hidden: 5 }),
    );
    const x = tf.ones([6, 4]);
    const logits = model.call(x);
    const features = model.features(x);
    const again = model.head.call(features);
    expect(logits.shape).toEqual([6, 2]);
    expect([...(await logits.data())]).toEqual([...(await again.data())]);
    tf.dispose([x, logits, features, again]);
    model.dispose();
  });

  it('takes an encoder that is no module, under its own paths', async () => {
    const weight = tf.tidy(() => tf.variable(tf.ones([4, 3])));
    const encoder = {
      call: (x: tf.Tensor2D, options?: { training?: boolean }) =>
        tf.mul(tf.matMul(x, weight), options?.training ? 2 : 1),
      namedVariables: () => [{ path: 'w', variable: weight, kind: 'parameter' as const }],
      dispose: () => weight.dispose(),
    };
    const model = withHead(encoder, linearHead(3, 2, { random: random() }));
    expect([...selectVariables(model).keys()]).toEqual(['encoder.w', 'head.weight', 'head.bias']);
    const x = tf.ones([1, 4]) as tf.Tensor2D;
    const [plain, training] = [model.features(x), model.features(x, { training: true })];
    expect([(await plain.data())[0], (await training.data())[0]]).toEqual([4, 8]);
    expect(tf.memory().numTensors).toBe(tensorsBefore + 6);
    tf.dispose([x, plain, training]);
    model.dispose();
  });

  it('says what an encoder lacks', () => {
    const head = linearHead(3, 2, { random: random() });
    const call = (x: tf.Tensor) => x;
    expect(() => withHead({ call } as never, head)).toThrow(
      'withHead: encoder must have call(input, { training }) and namedVariables(), got one without namedVariables.',
    );
    expect(() => withHead({ call, namedVariables: () => [] }, head, { batchNorm: 'train' })).toThrow(
      'withHead: batchNorm is for modules of @warmstart/nn, got train for another encoder.',
    );
    head.dispose();
  });

  it('names the features that do not fit the head', () => {
    const model = withHead(new Linear(4, 3, { random: random() }), linearHead(5, 2, { random: random() }));
    const x = tf.ones([6, 4]);
    expect(() => model.call(x)).toThrow('linearHead: the encoder must give [..., 5], got features of [6,3].');
    expect(() => linearHead(3, 0, { random: random() })).toThrow(
      'linearHead: outFeatures must be a whole number ≥ 1, got 0.',
    );
    x.dispose();
    model.dispose();
  });
});
