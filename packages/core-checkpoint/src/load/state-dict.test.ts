import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StateDict } from '../tensors/named-tensor.js';
import type { NamedVariable } from './has-variables.js';
import { LoadReport, StateDictMismatchError } from './load-report.js';
import { loadStateDict } from './load-state-dict.js';
import { stateDict } from './state-dict.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** A convolution [2, 1, 1, 3] as PyTorch has it, run as [1, 3, 1, 2]; a bias; a counter. */
function model(prefix = '') {
  const entries: NamedVariable[] = [
    {
      path: `${prefix}conv.weight`,
      variable: tf.variable(tf.tensor([1, 4, 2, 5, 3, 6], [1, 3, 1, 2])),
      kind: 'parameter',
      layout: [2, 3, 1, 0],
    },
    { path: `${prefix}conv.bias`, variable: tf.variable(tf.tensor1d([7, 8])), kind: 'parameter' },
    {
      path: `${prefix}norm.num_batches_tracked`,
      variable: tf.variable(tf.scalar(9, 'int32')),
      kind: 'buffer',
      dtype: 'int64',
    },
  ];
  return {
    namedVariables: () => entries,
    dispose: () => tf.dispose(entries.map(({ variable }) => variable)),
  };
}

const weights = (): StateDict =>
  new Map([
    ['conv.weight', { dtype: 'float32', shape: [2, 1, 1, 3], data: Float32Array.of(10, 20, 30, 40, 50, 60) }],
    ['conv.bias', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }],
    ['norm.num_batches_tracked', { dtype: 'int64', shape: [], data: BigInt64Array.of(3n) }],
  ]);

/** What a call throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('stateDict', () => {
  it("gives PyTorch's names, order, layout and dtypes", async () => {
    const net = model();
    const dict = await stateDict(net);
    expect([...dict]).toEqual([
      ['conv.weight', { dtype: 'float32', shape: [2, 1, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['conv.bias', { dtype: 'float32', shape: [2], data: Float32Array.of(7, 8) }],
      ['norm.num_batches_tracked', { dtype: 'int64', shape: [], data: BigInt64Array.of(9n) }],
    ]);
    net.dispose();
  });

  it('gives copies: changing them leaves the model as it was', async () => {
    const net = model();
    for (const { data } of (await stateDict(net)).values()) new Uint8Array(data.buffer).fill(0);
    expect((await stateDict(net)).get('conv.bias')?.data).toEqual(Float32Array.of(7, 8));
    net.dispose();
  });

  it('keeps tied variables tied', async () => {
    const variable = tf.variable(tf.scalar(1));
    const dict = await stateDict({
      namedVariables: () => [
        { path: 'a', variable, kind: 'parameter' },
        { path: 'b', variable, kind: 'parameter' },
      ],
    });
    expect(dict.get('a')?.data).toBe(dict.get('b')?.data);
    variable.dispose();
  });
});

describe('loadStateDict', () => {
  it('loads every tensor, and says so', async () => {
    const net = model();
    const report = loadStateDict(net, weights());
    expect(String(report)).toBe('<All keys matched successfully>');
    expect(report.ok).toBe(true);
    expect(await stateDict(net)).toEqual(weights());
    net.dispose();
  });

  it('keeps nothing of the dict: changing it later leaves the model as it is', async () => {
    const net = model();
    const dict = weights();
    loadStateDict(net, dict);
    for (const { data } of dict.values()) new Uint8Array(data.buffer).fill(0);
    expect(await stateDict(net)).toEqual(weights());
    net.dispose();
  });

  it('leaves the model unchanged when one shape is wrong, and tells both shapes', async () => {
    const net = model();
    const before = await stateDict(net);
    const dict = weights().set('conv.bias', { dtype: 'float32', shape: [3], data: new Float32Array(3) });
    const error = thrownBy(() => loadStateDict(net, dict, { strict: false }));
    expect(error).toBeInstanceOf(StateDictMismatchError);
    expect((error as Error).message).toBe(
      'loadStateDict: the checkpoint does not fit the model; nothing was loaded.\n' +
        '  conv.bias: the model has [2], the checkpoint [3]',
    );
    expect(await stateDict(net)).toEqual(before);
    net.dispose();
  });

  it('refuses names on one side only, unless told not to be strict', () => {
    const net = model();
    const dict = weights().set('extra', { dtype: 'float32', shape: [], data: new Float32Array(1) });
    dict.delete('conv.bias');
    const error = thrownBy(() => loadStateDict(net, dict)) as StateDictMismatchError;
    expect(error.code).toBe('key-mismatch');
    expect(error.report.missing).toEqual(['conv.bias']);
    expect(error.report.unexpected).toEqual(['extra']);
    const report = loadStateDict(net, dict, { strict: false });
    expect(report.matched).toEqual(['conv.weight', 'norm.num_batches_tracked']);
    expect(report.ok).toBe(false);
    expect(String(report)).toBe(
      '2 of 3 keys matched\n  missing from the checkpoint (1): conv.bias\n  unknown to the model (1): extra',
    );
    net.dispose();
  });

  it('refuses a load that matches nothing even when not strict, and hints at the prefix', () => {
    const net = model('encoder.');
    const error = thrownBy(() => loadStateDict(net, weights(), { strict: false })) as StateDictMismatchError;
    expect(error.code).toBe('no-match');
    expect(error.report.hints).toEqual(['adding `encoder.` would match 3 of 3']);
    expect(String(loadStateDict(net, weights(), { addPrefix: 'encoder.' }))).toBe(
      '<All keys matched successfully>',
    );
    net.dispose();
  });

  it('converts floats of other widths and integers that fit, and reports it', () => {
    const net = model();
    const dict = weights().set('conv.bias', {
      dtype: 'bfloat16',
      shape: [2],
      data: Uint16Array.of(0x3fc0, 0xc000),
    });
    expect(loadStateDict(net, dict).cast).toEqual([{ key: 'conv.bias', from: 'bfloat16', to: 'float32' }]);
    const large = weights().set('norm.num_batches_tracked', {
      dtype: 'int64',
      shape: [],
      data: BigInt64Array.of(2n ** 40n),
    });
    const { report } = thrownBy(() => loadStateDict(net, large)) as StateDictMismatchError;
    expect(report.mismatched).toEqual([
      { key: 'norm.num_batches_tracked', model: [], checkpoint: [], reason: 'range' },
    ]);
    net.dispose();
  });

  it.each([
    ['a promise', Promise.resolve(weights()), 'got Promise'],
    ['a plain object', Object.fromEntries(weights()), 'got Object'],
    ['nothing', undefined, 'got undefined'],
  ])('refuses %s in place of a state dict, and says what to pass', (_, dict, got) => {
    const error = thrownBy(() => loadStateDict(model(), dict as unknown as StateDict));
    expect(String(error)).toContain(
      `TypeError: loadStateDict: dict must be a Map of names to tensors, ${got}.`,
    );
  });

  it('refuses a model that cannot name its variables', () => {
    const error = thrownBy(() => loadStateDict({} as ReturnType<typeof model>, weights()));
    expect(String(error)).toBe(
      'TypeError: loadStateDict: model must have namedVariables(), got none. ' +
        'Wrap a tf.LayersModel in layersModel(model).',
    );
  });

  it('leaks no tensor, whether it loads or refuses', () => {
    const net = model();
    const before = tf.memory().numTensors;
    loadStateDict(net, weights());
    expect(() => loadStateDict(net, new Map())).toThrow(StateDictMismatchError);
    expect(tf.memory().numTensors).toBe(before);
    net.dispose();
  });
});

describe('LoadReport', () => {
  it('names at most five keys and counts the rest', () => {
    const report = new LoadReport({ matched: ['x'], missing: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] });
    expect(String(report)).toContain('missing from the checkpoint (7): a, b, c, d, e and 2 more');
  });
});
