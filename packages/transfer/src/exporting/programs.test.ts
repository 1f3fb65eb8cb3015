import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finetune } from '../finetune.js';
import { pretrain } from '../pretrain.js';
import { readRows } from '../rows/read-rows.js';
import { pythonProgram } from './programs.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-programs-'));
const python = process.env.WARMSTART_PYTHON; // with numpy and safetensors

beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rows with gaps, words, dates, texts and an outlier. */
function mixedTable(): string {
  const random = seededRandom(4, 'mixed');
  const one = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  const lines = ['age,town,seen,note,price,kind'];
  for (let row = 0; row < 160; row++) {
    const kind = row % 2;
    const age = random() < 0.2 ? '' : (30 + 20 * kind + 15 * random()).toFixed(1);
    const town = random() < 0.1 ? '' : one(['Ulm', 'Rom', 'Oslo']);
    const seen = `202${one([0, 1, 2])}-0${one([1, 4, 9])}-1${one([0, 5, 7])}`;
    const note = `${one(['red apple', 'green tree', 'blue sky'])} ${one(['by the sea', 'naïve house'])} ${row}`;
    const price = row === 7 ? 100_000 : (100 * random() + 40 * kind).toFixed(2);
    lines.push([age, town, seen, note, price, kind ? 'yes' : 'no'].join(','));
  }
  return `${lines.join('\n')}\n`;
}

describe('pythonProgram', () => {
  it('is predict.py, to the letter', () => {
    expect(pythonProgram()).toBe(readFileSync(new URL('predict.py', import.meta.url), 'utf8'));
  });

  it.skipIf(!python)('gives the same probabilities and numbers as we do (WARMSTART_PYTHON)', async () => {
    const table = join(folder, 'rows.csv');
    const program = join(folder, 'predict.py');
    writeFileSync(table, mixedTable());
    writeFileSync(program, pythonProgram());
    for (const [label, task] of [
      ['kind', 'classes'],
      ['price', 'number'],
    ] as const) {
      const rows = await readRows(table, { label, task });
      const from = await pretrain(rows, { steps: 10, hidden: [16, 8] });
      const model = await finetune(rows, { from, tune: 'full', steps: 10, learningRate: 1e-3 });
      const file = join(folder, `${label}.safetensors`);
      await model.save(file);
      const text = execFileSync(python ?? '', [program, table, '--model', file], { encoding: 'utf8' });
      const cells = text
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').slice(task === 'classes' ? 1 : 0));
      const theirs = cells.flat().map(Number);
      const ours = await model.predict(table);
      const values = ours.kind === 'classes' ? ours.probabilities : ours.values;
      const scale = Math.max(...values.map(Math.abs));
      values.forEach((value, at) => {
        expect(Math.abs(value - (theirs[at] as number)) / scale).toBeLessThan(1e-6);
      });
      model.dispose();
    }
  });
});
