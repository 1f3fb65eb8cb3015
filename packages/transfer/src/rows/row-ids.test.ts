import { seededRandom } from '@warmstart/random';
import { describe, expect, it } from 'vitest';
import { recallRows, rememberRows } from './row-ids.js';

describe('rememberRows', () => {
  it('gives back every id, each once', () => {
    const random = seededRandom(1, 'ids');
    const ids = [0, 1, 255, 256, 2 ** 40 - 1, 7, 7];
    for (let count = 0; count < 30_000; count++) ids.push(Math.floor(random() * 2 ** 40));
    const packed = rememberRows(ids);
    expect(recallRows(packed)).toEqual(new Set(ids));
    expect(packed.count).toBe(new Set(ids).size);
    expect(packed.ids.length).toBeLessThan(packed.count * 6.7 + 4);
  });

  it('refuses text that is damaged', () => {
    expect(() => recallRows({ count: 1, ids: 'AAAA' })).toThrow('ids must be 5 bytes each, got 3 bytes');
    expect(() => recallRows({ count: 1, ids: '§' })).toThrow('ids must be Base64');
  });
});
