import * as tf from '@tensorflow/tfjs';
import { BatchNorm, crossEntropy, Linear, Module, Sequential } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addLora,
  attentionPoolHead,
  type BatchNormPolicy,
  cacheFeatures,
  consistencyLoss,
  labelMetadata,
  linearHead,
  planTuning,
  probeFirst,
  probeLogits,
  pseudoLabelLoss,
  readLabels,
  requireOnlyHeadMissing,
  selectVariables,
  withHead,
} from './index.js';

let tensorsBefore = 0;

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
  tf.engine().startScope('test');
});
afterEach(() => {
  tf.engine().endScope();
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

const random = (name = 'test') => seededRandom(7, name);

class Relu extends Module {
  override call(x: tf.Tensor): tf.Tensor {
    return tf.relu(x);
  }
}

function encoder() {
  return new Sequential([new Linear(4, 6, { random: random() }), new BatchNorm(6), new Relu()]);
}

function model(batchNorm?: BatchNormPolicy) {
  const head = linearHead(6, 3, { random: random('head') });
  return withHead(encoder(), head, batchNorm ? { batchNorm } : {});
}

const draw = random('data');
const values = Array.from({ length: 12 * 4 }, () => 2 * draw() - 1);
const labels = Array.from({ length: 12 }, (_, row) => row % 3);
const inputs = () => tf.tensor2d(values, [12, 4]);

/** A few steps of gradient descent on what is given. */
function descend(
  variables: ReadonlyMap<string, tf.Variable>,
  loss: () => tf.Scalar,
  rate = 0.1,
  steps = 5,
): void {
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => {
      const { grads } = tf.variableGrads(loss, [...variables.values()]);
      for (const variable of variables.values()) {
        const gradient = grads[variable.name];
        if (gradient) variable.assign(tf.sub(variable, tf.mul(gradient, rate)));
      }
    });
  }
}

async function snapshot(of: { namedVariables(): Iterable<{ path: string; variable: tf.Variable }> }) {
  const all = new Map<string, number[]>();
  for (const { path, variable } of of.namedVariables()) all.set(path, [...(await variable.data())]);
  return all;
}

function changed(before: Map<string, number[]>, after: Map<string, number[]>): string[] {
  return [...before].filter(([path, old]) => String(old) !== String(after.get(path))).map(([path]) => path);
}

describe('batch norm policy', () => {
  const statistics = ['encoder.1.running_mean', 'encoder.1.running_var', 'encoder.1.num_batches_tracked'];
  const norm = ['encoder.1.weight', 'encoder.1.bias'];
  const rest = ['encoder.0.weight', 'head.weight', 'head.bias'];

  it.each([
    ['inference', [], norm],
    ['adapt-stats', statistics, []],
    ['train', statistics, norm],
  ] as const)('%s moves exactly what it should', async (policy, moving, learning) => {
    const net = model(policy);
    const before = await snapshot(net);
    const variables = selectVariables(net);
    descend(variables, () =>
      crossEntropy(net.call(inputs(), { training: true }), tf.tensor1d(labels, 'int32')),
    );
    const moved = new Set(changed(before, await snapshot(net)));
    for (const path of [...moving, ...learning, ...rest])
      expect([path, moved.has(path)]).toEqual([path, true]);
    moved.delete('encoder.0.bias'); // before a batch norm its gradient is 0 but for rounding
    expect(moved.size).toBe(moving.length + learning.length + rest.length);
    net.dispose();
  });

  it('leaves every frozen tensor and statistic as it is to the bit, training the head alone', async () => {
    const net = model();
    const before = await snapshot(net);
    const { variables } = planTuning(net, { kind: 'head-only' });
    descend(variables as Map<string, tf.Variable>, () =>
      crossEntropy(net.call(inputs(), { training: true }), tf.tensor1d(labels, 'int32')),
    );
    expect(changed(before, await snapshot(net))).toEqual(['head.weight', 'head.bias']);
    net.dispose();
  });
});

describe('cacheFeatures', () => {
  it('trains a head as if the encoder had run each time', async () => {
    const [live, cached] = [model(), model()];
    const target = tf.tensor1d(labels, 'int32');
    const { data, shape } = await cacheFeatures((x: tf.Tensor) => cached.features(x), [inputs(), inputs()]);
    expect(shape).toEqual([24, 6]);
    const features = tf.tensor2d(data.slice(0, 72), [12, 6]);
    descend(
      selectVariables(live.head),
      () => crossEntropy(live.call(inputs(), { training: true }), target),
      0.5,
      20,
    );
    descend(selectVariables(cached.head), () => crossEntropy(cached.head.call(features), target), 0.5, 20);
    const expected = await live.head.weight.variable.data();
    (await cached.head.weight.variable.data()).forEach((value, i) => {
      expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-5);
    });
    await expect(cacheFeatures((x: tf.Tensor) => x, [])).rejects.toThrow('at least one example, got none.');
    live.dispose();
    cached.dispose();
  });
});

describe('probeFirst', () => {
  it('makes the model, not tuned further, the probe itself', async () => {
    const net = model();
    const probe = await probeFirst(net, { batches: [inputs()], labels });
    const features = await cacheFeatures((x: tf.Tensor) => net.features(x), [inputs()]);
    const expected = probeLogits(probe, features).data;
    (await net.call(inputs()).data()).forEach((logit, i) => {
      expect(Math.abs(logit - (expected[i] as number))).toBeLessThan(1e-5);
    });
    net.dispose();
  });
});

describe('planTuning', () => {
  it('turns each strategy into variables and rates', () => {
    const net = model();
    expect(() => planTuning(net, 'full' as never)).toThrow(
      'planTuning: strategy.kind must be head-only, full, gradual or bit-fit, got undefined.',
    );
    const paths = (kind: 'head-only' | 'bit-fit') => [...planTuning(net, { kind }).all.keys()];
    expect(paths('head-only')).toEqual(['head.weight', 'head.bias']);
    expect(paths('bit-fit')).toEqual(['encoder.0.bias', 'encoder.1.bias', 'head.weight', 'head.bias']);
    const full = planTuning(net, { kind: 'full' });
    expect(full.learningRateScales.get('encoder.0.weight')).toBe(0.75 ** 2);
    expect(full.learningRateScales.get('head.bias')).toBe(1);
    const { variables } = planTuning(net, { kind: 'gradual', unfreezeAt: [1] });
    const at = variables as (at: { step: number; epoch: number }) => ReadonlyMap<string, tf.Variable>;
    expect([at({ step: 0, epoch: 0 }).size, at({ step: 9, epoch: 1 }).size]).toEqual([2, 6]);
    net.dispose();
  });
});

describe('addLora', () => {
  it('starts as nothing, learns alone, merges and unmerges to the bit', async () => {
    const net = withHead(
      new Linear(4, 6, { random: random() }),
      linearHead(6, 3, { random: random('head') }),
    );
    const x = inputs();
    const plain = [...(await net.call(x).data())];
    const before = await snapshot(net);
    const lora = addLora(net, { random: random('lora'), rank: 2, alpha: 4 });
    expect([...(await net.call(x).data())]).toEqual(plain);
    expect([...lora.variables].map(([path, v]) => [path, v.shape])).toEqual([
      ['encoder.lora_A', [2, 4]],
      ['encoder.lora_B', [6, 2]],
    ]);
    expect([...net.namedVariables()].map(({ path }) => path)).toContain('encoder.lora_A');
    descend(lora.variables, () => crossEntropy(net.call(x), tf.tensor1d(labels, 'int32')), 1, 10);
    const tuned = await net.call(x).data();
    expect([...tuned]).not.toEqual(plain);
    expect(changed(before, await snapshot(net))).toEqual([]);
    lora.merge();
    (await net.call(x).data()).forEach((value, i) => {
      expect(Math.abs(value - (tuned[i] as number))).toBeLessThan(1e-5);
    });
    lora.unmerge();
    expect(changed(before, await snapshot(net))).toEqual([]);
    lora.dispose();
    expect([...(await net.call(x).data())]).toEqual(plain);
    expect(() => addLora(net, { random: random(), rank: 0 })).toThrow(
      'rank must be a whole number ≥ 1, got 0 for encoder.',
    );
    expect(() => addLora(net, { random: random(), select: () => false })).toThrow(
      'at least one linear layer must be selected',
    );
    net.dispose();
  });
});

describe('attentionPoolHead', () => {
  it('does not look at what is masked', async () => {
    const head = attentionPoolHead(4, 2, { random: random() });
    const features = tf.tensor3d(values.slice(0, 24), [2, 3, 4]);
    const mask = tf.tensor2d([1, 1, 0, 1, 1, 1], [2, 3]);
    const other = tf.add(features, tf.tensor3d([0, 0, 9, 0, 0, 0], [2, 3, 1])) as tf.Tensor3D;
    const logits = await head.call({ features, mask }).data();
    expect([...(await head.call({ features: other, mask }).data())]).toEqual([...logits]);
    expect(head.call(features).shape).toEqual([2, 2]);
    expect(() => head.call(tf.ones([2, 4]))).toThrow(
      'features must be [batchSize, length, featureCount], got [2,4].',
    );
    head.dispose();
  });

  it('is not needed to classify each token: a linear head takes sequences', () => {
    const head = linearHead(4, 5, { random: random() });
    expect(head.call(tf.ones([2, 3, 4])).shape).toEqual([2, 3, 5]);
    head.dispose();
  });
});

describe('label map', () => {
  it('travels in metadata and refuses a head for others', () => {
    const metadata = labelMetadata(['ei', 'ie', 'n']);
    expect(readLabels(metadata)).toEqual(['ei', 'ie', 'n']);
    expect(() => readLabels(metadata, ['spam', 'ham'])).toThrow(
      "the checkpoint's head must be for spam, ham, got one for ei, ie, n. Load the encoder alone and put a new head on it.",
    );
    expect(() => readLabels({})).toThrow('the metadata must hold warmstart.labels, a list of names.');
    expect(() => labelMetadata(['a', 'a'])).toThrow('every label must be there once, got a twice.');
  });

  it('goes with a check that only the head was missing', () => {
    expect(() =>
      requireOnlyHeadMissing({ missing: ['head.weight'], matched: ['encoder.0.weight'] }),
    ).not.toThrow();
    expect(() =>
      requireOnlyHeadMissing({ missing: ['head.weight', 'encoder.0.bias'], matched: ['encoder.0.weight'] }),
    ).toThrow('a checkpoint may lack only head.…, got also missing: encoder.0.bias.');
    expect(() => requireOnlyHeadMissing({ missing: ['head.weight'], matched: [] })).toThrow(
      'got also missing: everything.',
    );
  });
});

describe('losses without labels', () => {
  it('believe only sure guesses, and send no gradient into them', async () => {
    const guesses = tf.tensor2d([6, 0, 0.1, 0], [2, 2]);
    const logits = tf.tensor2d([0, 0, 3, 0], [2, 2]);
    expect((await pseudoLabelLoss(logits, guesses).data())[0]).toBeCloseTo(Math.log(2) / 2, 5);
    const [ofLogits, ofGuesses] = tf.grads((a, b) => pseudoLabelLoss(a, b))([logits, guesses]) as [
      tf.Tensor,
      tf.Tensor,
    ];
    expect([...(await ofLogits.data())].map((v) => v.toFixed(2).replace('-0.00', '0.00'))).toEqual([
      '-0.25',
      '0.25',
      '0.00',
      '0.00',
    ]);
    expect([...(await ofGuesses.data())].every((v) => v === 0)).toBe(true);
    expect(() => pseudoLabelLoss(logits, guesses, { threshold: 1 })).toThrow(
      'threshold must be in (0, 1), got 1.',
    );
  });

  it('ask for the same judgement twice', async () => {
    const one = tf.tensor2d([0, 0], [1, 2]);
    expect((await consistencyLoss(one, one).data())[0]).toBe(0);
    const sure = tf.tensor2d([100, 0], [1, 2]);
    expect((await consistencyLoss(one, sure).data())[0]).toBeCloseTo(0.25, 6);
    expect(() => consistencyLoss(one, tf.ones([2, 2]))).toThrow('got [1,2] and [2,2].');
  });
});
