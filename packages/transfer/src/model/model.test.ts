import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { finetune } from '../finetune.js';
import { openEncoder, openModel } from '../open-model.js';
import { pretrain } from '../pretrain.js';
import { readRows } from '../rows/read-rows.js';
import type { Model } from './model.js';

/** Flowers of three kinds, in two columns of numbers and one of words. */
function flowers(count: number, kinds = ['rose', 'tulip', 'violet'], stream = 'flowers'): string[][] {
  const random = seededRandom(11, stream);
  return Array.from({ length: count }, (_, row) => {
    const kind = kinds[row % kinds.length] as string;
    const at = ['rose', 'tulip', 'violet'].indexOf(kind);
    const height = 20 + 15 * at + 6 * random();
    const width = 9 - 2 * at + 1.5 * random();
    return [height.toFixed(2), width.toFixed(3), random() < 0.5 ? 'sun' : 'shade', kind];
  });
}

const header = ['height', 'width', 'place', 'kind'];
const csv = (rows: readonly string[][], names = header, order = names.map((_, at) => at)) =>
  new File([[names, ...rows].map((row) => order.map((at) => row[at]).join(',')).join('\n')], 'flowers.csv');

let model: Model;
const learned = flowers(150);

beforeAll(async () => {
  await tf.setBackend('cpu');
  model = await finetune(await readRows(csv(learned), { label: 'kind' }), { tune: 'linear' });
});

describe('Model', () => {
  it('learns by the class names of its file', () => {
    expect(model.card.output).toMatchObject({ kind: 'classes', classNames: ['rose', 'tulip', 'violet'] });
    expect(model.metrics.accuracy).toBe(1);
    expect(model.metrics.logLoss).toBeLessThan(model.baseline.logLoss as number);
  });

  it('scores a file that lacks a class, in other order of rows and columns, by name', async () => {
    const outside = flowers(40, ['violet', 'tulip'], 'outside');
    const { scores, rowCount, leftOut, classes } = await model.evaluate(csv(outside, header, [3, 2, 0, 1]));
    expect([scores.accuracy, rowCount, leftOut]).toEqual([1, 40, 0]);
    expect(classes.violet).toEqual({ precision: 1, recall: 1, f1: 1, support: 20 });
    expect(classes.rose?.support).toBe(0);
  });

  it('leaves out the rows that it learned from, in a file that grew and was sorted anew', async () => {
    const grown = [...learned, ...flowers(20, undefined, 'new')].sort((a, b) =>
      (a[0] as string).localeCompare(b[0] as string),
    );
    const { rowCount, leftOut } = await model.evaluate(csv(grown));
    expect(leftOut).toBe(model.card.origin.learned.count);
    expect(rowCount).toBe(170 - leftOut);
    expect((await model.evaluate(csv(grown), { all: true })).rowCount).toBe(170);
  });

  it('names a class that it does not know', async () => {
    const strange = [...flowers(5, undefined, 'new'), ['10', '3', 'sun', 'daisy']];
    await expect(model.evaluate(csv(strange))).rejects.toMatchObject({ code: 'unknown-value' });
    await expect(model.evaluate(csv(strange))).rejects.toThrow('daisy');
    const { rowCount } = await model.evaluate(csv(strange), { unknown: 'missing' });
    expect(rowCount).toBe(5);
  });

  it('names a word that it does not know, and a column that is not there', async () => {
    const strange = [['21', '9', 'SUN', 'rose']];
    await expect(model.predict(csv(strange))).rejects.toMatchObject({ code: 'unknown-value' });
    const guessed = await model.predict(csv(strange), { unknown: 'missing' });
    expect(guessed).toMatchObject({ labels: ['rose'] });
    const lacking = csv(flowers(3), header, [0, 2, 3]);
    await expect(model.predict(lacking)).rejects.toMatchObject({ code: 'no-column' });
    await expect(model.predict(lacking)).rejects.toThrow('width');
  });

  it('predicts rows without a label, with probabilities by name', async () => {
    const said = await model.predict(csv(flowers(6, undefined, 'new'), header, [0, 1, 2]));
    if (said.kind !== 'classes') throw new TypeError('classes were learned');
    expect(said.labels).toEqual(['rose', 'tulip', 'violet', 'rose', 'tulip', 'violet']);
    for (let row = 0; row < 6; row++) {
      const own = said.probabilities.subarray(3 * row, 3 * row + 3);
      expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
    }
  });

  it('says what is wrong with a file that is not a model, or was edited', async () => {
    const bytes = model.toBytes();
    const text = Buffer.from(bytes).toString('latin1');
    const edited = (from: string, to: string) => {
      if (from.length !== to.length || !text.includes(from))
        throw new RangeError('the edit must keep the length');
      return new Uint8Array(Buffer.from(text.replace(from, to), 'latin1'));
    };
    await expect(openEncoder(bytes)).rejects.toThrow('the file must hold an encoder, got a classifier');
    await expect(openModel(edited('\\"version\\":1', '\\"version\\":9'))).rejects.toThrow(
      'the model card is of version 9; this package reads version 1',
    );
    await expect(openModel(edited('\\"kind\\":\\"table\\"', '\\"kind\\":\\"tabel\\"'))).rejects.toMatchObject(
      {
        code: 'model-file',
      },
    );
    await expect(openModel(edited('\\"inFeatures\\":4', '\\"inFeatures\\":7'))).rejects.toMatchObject({
      code: 'model-file',
    });
    await expect(openModel(new Uint8Array(100))).rejects.toMatchObject({ code: 'model-file' });
  });

  it('opens its encoder under every way of tuning', async () => {
    const rows = await readRows(csv(learned), { label: 'kind' });
    const encoder = await pretrain(rows, { steps: 20, hidden: [8, 4] });
    for (const tune of ['head', 'full', 'gradual', 'bit-fit'] as const) {
      const tuned = await finetune(rows, { from: encoder.toBytes(), tune, steps: 10, learningRate: 1e-3 });
      const again = await openModel(tuned.toBytes());
      expect(await again.predict(rows)).toEqual(await tuned.predict(rows));
      tuned.dispose();
      again.dispose();
    }
  });
});
