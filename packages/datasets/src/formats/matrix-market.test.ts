import { describe, expect, it } from 'vitest';
import { readMatrixMarket } from './matrix-market.js';

async function read(lines: string, banner = 'real general') {
  const bytes = new TextEncoder().encode(`%%MatrixMarket matrix coordinate ${banner}\n${lines}`);
  const stream = (async function* () {
    yield bytes;
  })();
  const entries: number[][] = [];
  for await (const { rows, columns, values } of readMatrixMarket(stream))
    for (const [i, row] of rows.entries()) entries.push([row, columns[i] as number, values[i] as number]);
  return entries;
}

describe('readMatrixMarket', () => {
  it.each([
    ['1 2 5', 5],
    ['  1   2   5  ', 5],
    ['1\t2\t5', 5],
    ['1 2  5 ', 5],
    ['1 2 -5', -5],
    ['1 2 +5', 5],
    ['1 2 0.5', 0.5],
    ['1 2 .5', 0.5],
    ['1 2 5e-3', 0.005],
    ['1 2 9007199254740993', 9007199254740992],
    ['1 2 12345678901234567890', 1.2345678901234567e19],
    ['001 02 5', 5],
    ['1.0 2.0 5', 5],
  ])('reads %j as Number does', async (line, value) => {
    expect(await read(`3 3 1\n${line}\n`)).toEqual([[0, 1, value]]);
  });

  it.each([
    '1 2',
    '1 2 ',
    '1 2 \t',
    '1 2 5 6',
    '0 2 5',
    '4 2 5',
    '1 2 x',
    '1 2 Infinity',
    '1.5 2 5',
    '-1 2 5',
    '1,2,5',
    '4294967297 2 5',
  ])('refuses %j with its entry', async (line) => {
    await expect(read(`3 3 2\n1 1 1\n${line}\n`)).rejects.toMatchObject({ code: 'malformed', record: 2 });
  });

  it('gives both halves of symmetric matrices, and 1 for patterns', async () => {
    expect(await read('3 3 2\n2 1 4\n3 3 1\n', 'real symmetric')).toEqual([
      [1, 0, 4],
      [0, 1, 4],
      [2, 2, 1],
    ]);
    expect(await read('3 3 1\n2 1 4\n', 'real skew-symmetric')).toEqual([
      [1, 0, 4],
      [0, 1, -4],
    ]);
    expect(await read('% a\n3 3 1\n\n% b\n2 1\n', 'pattern general')).toEqual([[1, 0, 1]]);
    await expect(read('3 3 1\n2 1 4\n', 'pattern general')).rejects.toMatchObject({ code: 'malformed' });
  });
});
