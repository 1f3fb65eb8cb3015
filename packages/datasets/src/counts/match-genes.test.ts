import { describe, expect, it } from 'vitest';
import { matchGenes } from './match-genes.js';

const learned = { names: ['TP53', 'ACTB', 'TBCE', 'TBCE'], ids: ['ENSG01', 'ENSG02', 'ENSG03', 'ENSG04'] };

describe('matchGenes', () => {
  it('finds genes by id in any order, versions aside', () => {
    const given = {
      names: ['b', 'a', 'c', 'd', 'e'],
      ids: ['ENSG02.7', 'ENSG01.18', 'ENSG04.1', 'ENSG99.1', 'ENSG03'],
    };
    expect(matchGenes(learned, given)).toEqual({
      columns: Int32Array.of(1, 0, 4, 2),
      by: 'id',
      matched: 4,
      missing: [],
      unknown: 1,
      duplicates: [],
    });
  });

  it('finds them by name where that finds more, and says what is missing and what is twice', () => {
    const given = { names: ['TBCE', 'ACTB', 'X', 'TBCE'], ids: ['TBCE', 'ACTB', 'X', 'TBCE'] };
    expect(matchGenes(learned, given)).toEqual({
      columns: Int32Array.of(-1, 1, 0, 3),
      by: 'name',
      matched: 3,
      missing: ['TP53'],
      unknown: 1,
      duplicates: ['TBCE'],
    });
    expect(matchGenes({ names: ['A'] }, { names: ['B'] })).toMatchObject({
      matched: 0,
      missing: ['A'],
      unknown: 1,
    });
    expect(() => matchGenes({ names: ['A'] }, { ids: ['A'] })).toThrow(RangeError);
  });
});
