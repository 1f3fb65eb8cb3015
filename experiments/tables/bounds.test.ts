import { describe, expect, it } from 'vitest';
import { markdownOf, tableRow } from './bounds.js';
import type { MeasuredDraw } from './measure-draw.js';
import { labelCounts, type References, readReference, type TableReference } from './reference.js';

const references = (linear: number): References => ({
  shares: { logLoss: 0.7 },
  linear: { logLoss: linear },
  boosting: { logLoss: 0.6 },
  forest: { logLoss: 0.5 },
});

const reference: TableReference = {
  task: 'classes',
  rows: 100,
  columns: 3,
  test: 20,
  draws: [
    [1, 2],
    [3, 4],
  ],
  scores: { '20': [references(0.3), references(0.5)], all: [references(0.2)] },
};

const draw = (seed: number, logLoss: number, head: number): MeasuredDraw => ({
  seed,
  default: { logLoss },
  chosen: 'head',
  head: { logLoss: head },
  seconds: 1,
});

describe('tableRow', () => {
  it('compares means of the same draws with each bound', () => {
    const row = tableRow('toy', reference, '20', [draw(0, 0.4, 0.4), draw(1, 0.5, 0.44)]);
    expect(row.linear).toBeCloseTo(0.4, 12);
    expect(row.default).toBeCloseTo(0.45, 12);
    expect(row.missed.map(({ bound }) => bound)).toEqual(['linear']);
    expect(row.missed[0]?.worseBy).toBeCloseTo(0.05, 12);
    const one = tableRow('toy', reference, '20', [draw(1, 0.8, 0.5)]);
    expect(one.missed.map(({ bound }) => bound)).toEqual(['shares', 'head', 'linear']);
    expect(markdownOf([one])).toContain('| toy | 20 | 1 | 0.700 | 0.500 |');
  });

  it('holds all labels against no linear model, and takes a missing score for a miss', () => {
    expect(tableRow('toy', reference, 'all', [draw(3, 0.6, 0.58)]).missed).toEqual([]);
    const lost = { ...draw(0, 0.4, 0.4), default: {} };
    expect(tableRow('toy', reference, '20', [lost]).missed).toHaveLength(3);
  });
});

describe('the reference', () => {
  it('has 14 tables, five nested draws each, and scores of every one', () => {
    const { tables } = readReference();
    expect(Object.keys(tables)).toHaveLength(14);
    for (const table of Object.values(tables)) {
      expect(table.draws).toHaveLength(5);
      for (const order of table.draws) expect(new Set(order).size).toBe(order.length);
      for (const labels of labelCounts(table)) {
        expect(table.scores[labels]).toHaveLength(labels === 'all' ? 1 : 5);
      }
    }
  });
});
