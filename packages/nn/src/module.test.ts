import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { Activation } from './activations.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { deferVariables, Parameter } from './parameter.js';
import { Sequential } from './sequential.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

class Block extends Module {
  readonly scale = new Parameter({ shape: [2, 3], layout: [1, 0] });
  readonly count = new Parameter({ shape: [], kind: 'buffer', dtype: 'int64' });
  readonly layer: Linear[];
  readonly tied: Parameter;
  readonly settings = { depth: 2 };
  constructor() {
    super();
    const random = seededRandom(1);
    this.layer = [new Linear(2, 2, { random }), new Linear(2, 2, { random, bias: false })];
    this.tied = this.scale;
  }
  override call(x: tf.Tensor): tf.Tensor {
    return tf.clone(x);
  }
}

describe('Module', () => {
  it('names its tensors by field, in order, with their layout, kind and dtype', () => {
    const block = new Block();
    const listing = [...block.namedVariables()].map(({ variable, ...rest }) => ({
      ...rest,
      shape: variable.shape,
    }));
    expect(listing).toEqual([
      { path: 'scale', kind: 'parameter', layout: [1, 0], shape: [3, 2] },
      { path: 'count', kind: 'buffer', dtype: 'int64', shape: [] },
      { path: 'layer.0.weight', kind: 'parameter', shape: [2, 2] },
      { path: 'layer.0.bias', kind: 'parameter', shape: [2] },
      { path: 'layer.1.weight', kind: 'parameter', shape: [2, 2] },
      { path: 'tied', kind: 'buffer', layout: [1, 0], shape: [3, 2] },
    ]);
    block.dispose();
  });

  it('lists the modules below by path', () => {
    const block = new Block();
    expect([...block.namedModules()].map(([path]) => path)).toEqual(['', 'layer.0', 'layer.1']);
    block.dispose();
  });

  it('frees every tensor, and says so when one is used afterwards', () => {
    const before = tf.memory().numTensors;
    const block = new Block();
    block.dispose();
    block.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => block.scale.variable).toThrow('Parameter: variable was disposed. Build the model again.');
  });

  it('lets two models of one kind live together', () => {
    const models = [new Block(), new Block()];
    for (const model of models) model.dispose();
  });
});

describe('deferVariables', () => {
  it('builds without memory and gives the same first values when they are asked for', async () => {
    const before = tf.memory().numTensors;
    const later = deferVariables(() => new Linear(3, 4, { random: seededRandom(2) }));
    expect(tf.memory().numTensors).toBe(before);
    const now = new Linear(3, 4, { random: seededRandom(2) });
    expect(await later.weight.variable.data()).toEqual(await now.weight.variable.data());
    expect(await later.bias?.variable.data()).toEqual(await now.bias?.variable.data());
    later.dispose();
    now.dispose();
  });

  it('holds only while the model is built', () => {
    expect(() =>
      deferVariables(() => {
        throw new Error('stop');
      }),
    ).toThrow('stop');
    const before = tf.memory().numTensors;
    const layer = new Linear(1, 1, { random: seededRandom(0) });
    expect(tf.memory().numTensors).toBe(before + 2);
    layer.dispose();
  });
});

describe('Linear', () => {
  it('gives x Wᵀ + b over the last axis', async () => {
    const layer = new Linear(2, 3, { random: seededRandom(1) });
    layer.weight.variable.assign(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]));
    layer.bias?.variable.assign(tf.tensor1d([10, 20, 30]));
    const y = layer.call(tf.tensor3d([1, 1, 2, 0], [2, 1, 2]));
    expect(y.shape).toEqual([2, 1, 3]);
    expect([...(await y.data())]).toEqual([13, 27, 41, 12, 26, 40]);
    layer.dispose();
  });

  it("starts uniform in PyTorch's range", async () => {
    const layer = new Linear(100, 400, { random: seededRandom(3) });
    const weight = [...(await layer.weight.variable.data())];
    expect(Math.max(...weight)).toBeLessThan(0.1);
    expect(Math.max(...weight)).toBeGreaterThan(0.0999);
    expect(Math.min(...weight)).toBeGreaterThan(-0.1);
    const variance = weight.reduce((sum, value) => sum + value ** 2, 0) / weight.length;
    expect(variance).toBeCloseTo(0.01 / 3, 4);
    const bias = [...((await layer.bias?.variable.data()) ?? [])];
    expect(Math.max(...bias.map(Math.abs))).toBeLessThan(0.1);
    expect(bias.slice(0, 5)).not.toEqual(weight.slice(0, 5));
    layer.dispose();
  });

  it('says which sizes it takes', () => {
    const random = seededRandom(0);
    expect(() => new Linear(0, 2, { random })).toThrow(
      'Linear: inFeatures must be a whole number of at least 1, got 0.',
    );
    const layer = new Linear(2, 3, { random });
    expect(() => layer.call(tf.zeros([4, 5]))).toThrow(
      'Linear: the last axis must be 2 long, got an input of [4,5].',
    );
    layer.dispose();
  });
});

describe('Sequential', () => {
  it('calls its modules in order and leaves no tensors behind', async () => {
    const random = seededRandom(4);
    const model = new Sequential([
      new Linear(2, 4, { random }),
      new Activation('relu'),
      new Linear(4, 1, { random }),
    ]);
    expect([...model.namedVariables()].map(({ path }) => path)).toEqual([
      '0.weight',
      '0.bias',
      '2.weight',
      '2.bias',
    ]);
    const x = tf.ones([3, 2]);
    const before = tf.memory().numTensors;
    const y = model.call(x);
    expect(y.shape).toEqual([3, 1]);
    y.dispose();
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('takes names for its modules', () => {
    const model = new Sequential(new Map([['fc', new Linear(1, 1, { random: seededRandom(0) })]]));
    expect([...model.namedVariables()].map(({ path }) => path)).toEqual(['fc.weight', 'fc.bias']);
    model.dispose();
  });
});
