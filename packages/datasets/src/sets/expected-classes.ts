import type { DatasetName } from './definitions.js';

const even = (classes: number, each: number) => new Array<number>(classes).fill(each);

/** How many rows of each class an official split has, where that is known. */
export function expectedClasses(name: DatasetName, split: string): readonly number[] | undefined {
  const known: Record<string, () => readonly number[]> = {
    'cifar100 train': () => even(100, 500),
    'cifar100 test': () => even(100, 100),
    'imagenet validation': () => even(1000, 50),
    'yelp_polarity train': () => even(2, 280_000),
    'yelp_polarity test': () => even(2, 19_000),
    'yelp_full train': () => even(5, 130_000),
    'yelp_full test': () => even(5, 10_000),
    'sentiment140 train': () => [800_000, 0, 800_000],
    'imdb train': () => even(2, 12_500),
    'imdb test': () => even(2, 12_500),
    'spambase train': () => [2788, 1813],
    'dna-splice train': () => [767, 765, 1654],
    'tissue-gene-expression train': () => [38, 34, 15, 31, 39, 26, 6],
  };
  return known[`${name} ${split}`]?.();
}
