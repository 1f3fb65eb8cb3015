import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CompareEvent, compare, type DrawResult } from './compare.js';
import { finetune } from './finetune.js';
import { pretrain } from './pretrain.js';
import { scoutRows } from './scout-rows.js';
import { numberRows } from './testing/number-rows.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const random = seededRandom(2, 'rows');
const rows = numberRows({
  names: ['a', 'b', 'c'],
  values: Float64Array.from({ length: 600 }, (_, at) => random() + (Math.floor(at / 3) % 2)),
  output: { kind: 'classes', column: 'kind', classNames: ['low', 'high'] },
  outputs: Float64Array.from({ length: 200 }, (_, row) => row % 2),
});
const tuning = { steps: 10, learningRate: 1e-3, hidden: [6, 4], l2: 1 };

describe('compare', () => {
  it('measures every arm on the same draws, resumes, and gives the winner as options', async () => {
    const from = await pretrain(rows, { steps: 20, hidden: [6, 4] });
    const { guides, encoder, reliability, meaning } = await scoutRows(rows, {
      from,
      scouts: 6,
      clusters: 4,
      steps: 5,
    });
    expect(reliability).toBeGreaterThanOrEqual(-1);
    expect(meaning).toContain('scouts');
    const options = { from, guiding: { guides, encoder }, labels: 12, draws: 2, tuning };
    const seen: DrawResult[] = [];
    const onEvent = (event: CompareEvent) => {
      if (event.type === 'draw-end') {
        const { type: _, ...result } = event;
        seen.push(result);
      }
    };
    const found = await compare(rows, { ...options, onEvent });
    expect(found.arms.map(({ name }) => name)).toEqual([
      'linear',
      'scratch',
      'frozen',
      'finetune',
      'guided',
      'guided-shuffled',
    ]);
    expect(seen.length).toBe(12);
    const again = await compare(rows, { ...options, done: seen.slice(0, 7) });
    expect(String(again)).toBe(String(found));
    expect(String(found)).toContain(`The labels choose ${found.best.name}.`);
    const kept = await finetune(rows, { ...found.best.options, draw: 1 });
    expect(kept.metrics).toEqual(found.best.draws[1]?.scores);
    kept.dispose();
  });

  it('refuses arms that lack what they need', async () => {
    await expect(compare(rows, { arms: ['guided'], pretrain: { steps: 1 } })).rejects.toThrow(
      'the arm guided needs guiding',
    );
    await expect(compare(rows, { arms: ['best' as never] })).rejects.toMatchObject({ code: 'bad-option' });
    await expect(compare(rows, { lables: 3 } as never)).rejects.toThrow('got "lables"');
  });
});
