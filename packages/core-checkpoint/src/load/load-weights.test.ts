import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { layersModel } from '../layers/layers-model.js';
import { open } from '../open.js';
import { outlinesOf, variablesByPath } from './load-state-dict.js';
import { loadWeights, matchWeights, type WeightsOptions } from './load-weights.js';

const folder = fileURLToPath(new URL('../../fixtures/wrapped/', import.meta.url));
const { x, shape, y } = JSON.parse(readFileSync(`${folder}outputs.json`, 'utf8')) as Record<string, number[]>;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function signals() {
  const { layers } = tf;
  const model = tf.sequential({
    layers: [
      layers.conv1d({ inputShape: [9, 2], filters: 4, kernelSize: 3, name: 'conv' }),
      layers.maxPooling1d({ poolSize: 2, strides: 2 }),
      layers.flatten(),
      layers.dense({ units: 3, name: 'fc' }),
    ],
  });
  return { model, named: layersModel(model, { names: 'pytorch' }) };
}

async function load(file: string, options: WeightsOptions = {}) {
  const { model, named } = signals();
  const checkpoint = await open(folder + file);
  try {
    const report = await loadWeights(named, checkpoint, options);
    const outlines = checkpoint.outlines({ at: options.at });
    const foreseen = matchWeights(outlinesOf(variablesByPath('test', named)), outlines, options);
    const input = tf.tensor(x as number[], shape as number[]);
    const output = model.predict(input) as tf.Tensor;
    const values = await output.data();
    const error = Math.max(...(y as number[]).map((value, i) => Math.abs(value - (values[i] ?? Number.NaN))));
    tf.dispose([input, output]);
    return { report, foreseen, error };
  } finally {
    await checkpoint.close();
    model.dispose();
  }
}

const wrapped: [string, string[]][] = [
  ['compiled.pt', ['`_orig_mod.` was taken out of 4 names']],
  [
    'parallel_of_compiled.pt',
    ['`_orig_mod.` was taken out of 4 names', '`module.` was taken out of 4 names'],
  ],
  ['compiled_parallel.pt', ['`_orig_mod.` was taken out of 4 names', '`module.` was taken out of 4 names']],
  ['regional.pt', ['`_orig_mod.` was taken out of 2 names']],
  ['recomputed.pt', ['`_checkpoint_wrapped_module.` was taken out of 2 names']],
  ['fsdp.pt', ['`_fsdp_wrapped_module.` was taken out of 4 names']],
];

describe('loadWeights', () => {
  it.each(wrapped)('finds the network in %s, and gives its outputs', async (file, notes) => {
    const { report, foreseen, error } = await load(file);
    expect(String(report)).toBe('<All keys matched successfully>');
    expect(report.notes).toEqual(notes);
    expect(foreseen.toJSON()).toEqual({ ...report.toJSON(), cast: [] });
    expect(error).toBeLessThan(1e-6);
  });

  it('takes the model of a training file, not its average, and says that the average is there', async () => {
    const { report, error } = await load('reference.pth');
    expect(String(report)).toBe('<All keys matched successfully>');
    expect(report.notes.slice(-2)).toEqual([
      'the prefix `model.` was stripped; left out beside it: 17 (optimizer.state.0.step, optimizer.state.0.exp_avg, …)',
      '`model_ema.` fits as well; strip it to read that instead',
    ]);
    expect(error).toBeLessThan(1e-6);
    const averaged = await load('reference.pth', { at: 'model_ema' });
    expect(averaged.report.leftOut).toEqual(['n_averaged']);
    expect(averaged.error).toBeLessThan(1e-6);
  });

  it.each([
    [
      'seven_classes.pt',
      'the head `fc` was left out: the file has fc.1.weight [7,12], fc.1.bias [7], the model fc.weight [3,12], fc.bias [3]',
    ],
    [
      'moco.pth.tar',
      'the head `fc` was left out: the file has fc.0.weight [12,12], fc.0.bias [12], the model fc.weight [3,12], fc.bias [3]',
    ],
    ['headless.pt', 'the file has no head: fc.weight [3,12], fc.bias [3] of the model keep their values'],
  ])('loads all but the head of %s, and says so', async (file, note) => {
    const { report } = await load(file, { heads: ['fc'] });
    expect(report.ok).toBe(true);
    expect(report.matched).toEqual(['conv.weight', 'conv.bias']);
    expect(report.kept).toEqual(['fc.weight', 'fc.bias']);
    expect(report.notes.at(-1)).toBe(note);
    expect(String(report)).toContain('2 of 4 keys matched\n');
    await expect(load(file)).rejects.toThrow('loadStateDict: the checkpoint does not fit the model');
  });

  it('stays strict about all that is no head', async () => {
    await expect(load('headless.pt', { heads: ['conv'] })).rejects.toThrow(
      'missing from the checkpoint (2): fc.weight',
    );
  });

  it('refuses rules that match nothing', async () => {
    const rules: [WeightsOptions, string][] = [
      [{ exclude: 'head.**' }, 'exclude "head.**" matches none of 4 names'],
      [{ include: ['**.conv.*', 'fd.*'] }, 'include "fd.*" matches none of 4 names'],
      [{ stripPrefix: 'model.' }, 'none of 4 names begins with the prefix to strip, "model."'],
      [{ rename: [['fd.', 'fc.']] }, 'the renaming of "fd." to "fc." changes none of 4 names'],
    ];
    for (const [rule, message] of rules) await expect(load('compiled.pt', rule)).rejects.toThrow(message);
  });

  it('obeys rules before it looks for more', async () => {
    const { report } = await load('compiled.pt', { exclude: ['**.fc.*'], heads: ['fc'] });
    expect(report.matched).toEqual(['conv.weight', 'conv.bias']);
    expect(report.notes).toContain(
      'the file has no head: fc.weight [3,12], fc.bias [3] of the model keep their values',
    );
  });
});
