import { createSHA256 } from 'hash-wasm';
import type { Columns } from './columns.js';
import type { Dataset } from './dataset.js';
import { load, log1p, normalizeImages } from './index.js';

/** @internal A digest of every value of a data set, the same on every engine if its rows are. */
export async function hashRows(dataset: Dataset<Columns>): Promise<string> {
  const hasher = await createSHA256();
  for await (const { columns } of dataset) {
    for (const [name, data] of Object.entries(columns)) {
      hasher.update(name);
      if (!Array.isArray(data)) hasher.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      else for (const value of data) hasher.update(value);
    }
  }
  return hasher.digest('hex');
}

/** @internal Digests of the rows of every kind of set, after reading, shuffling and changing. */
export async function parityDigests(): Promise<Record<string, string>> {
  const any = (dataset: unknown) => dataset as Dataset<Columns>; // columns of every set are columns
  return {
    spambase: await hashRows(
      any(await load('spambase'))
        .shuffle({ seed: 5 })
        .batch(64),
    ),
    'dna-splice': await hashRows(
      any(await load('dna-splice', { stream: true }))
        .shuffle({ seed: 5, buffer: 500 })
        .batch(64),
    ),
    cifar100: await hashRows(
      any(await load('cifar100', { seed: 2, rows: 60 }))
        .batch(16)
        .map(...normalizeImages()),
    ),
    sentiment140: await hashRows(any(await load('sentiment140', { split: 'test', rows: 90 }))),
    imdb: await hashRows(any(await load('imdb', { rows: 30 })).shuffle({ seed: 1 })),
    wordnet: await hashRows(any(await load('wordnet'))),
    gutenberg: await hashRows(any(await load('gutenberg'))),
    recount3: await hashRows(any(await load('recount3')).map(...log1p())),
    tissue: await hashRows(any(await load('tissue-gene-expression'))),
  };
}
