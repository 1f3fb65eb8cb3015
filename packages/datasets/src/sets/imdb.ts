import type { Batch, Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import type { DataFile, DataFiles } from '../files.js';
import { memoryFiles } from '../files.js';
import { collectBytes } from '../formats/byte-reader.js';
import { decodeText } from '../formats/decode-text.js';
import { syntheticReviews } from '../synthetic/reviews.js';
import { walk } from '../walk.js';
import { missing } from './find-members.js';

export interface ImdbColumns {
  [column: string]: Int32Array | string[];
  /** The review, `<br />` and all. */
  text: string[];
  /** 0 negative, 1 positive; −1 in the split without labels */
  label: Int32Array;
  /** 1 to 10 stars; 0 in the split without labels */
  rating: Int32Array;
  /** Of the file: `{id}_{rating}.txt`. */
  id: Int32Array;
}

const classNames = ['negative', 'positive'] as const;
const blockRows = 256;

function schema(): Schema<ImdbColumns> {
  const number = { dtype: 'int32', shape: [] } as const;
  return {
    text: { dtype: 'string', shape: [] },
    label: { ...number, classNames },
    rating: number,
    id: number,
  };
}

/** 50,000 film reviews, good or bad, and 50,000 without a label. */
export const imdb: DatasetDefinition<ImdbColumns> = {
  defaultSplit: 'train',
  small: false,
  card: {
    name: 'imdb',
    title: 'Large Movie Review Dataset v1.0',
    description:
      'Film reviews with at most 4 (negative) or at least 7 (positive) of 10 stars, films of train and test apart; and as many without a label.',
    licence: 'none stated. Never redistributed.',
    downloadable: true,
    splits: { train: 25_000, test: 25_000, unsup: 50_000 },
    classes: classNames,
    features: {
      text: 'the review',
      label: /* @__PURE__ */ classNames.join(', '),
      rating: '1–10 stars',
      id: 'number of the file',
    },
    source: 'https://ai.stanford.edu/~amaas/data/sentiment/',
    citation: 'Maas, Daly, Pham, Huang, Ng, Potts 2011. Learning word vectors for sentiment analysis. ACL.',
    files: [
      {
        name: 'aclImdb_v1.tar.gz',
        url: 'https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz',
        sizeBytes: 84_125_825,
        sha256: 'c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe',
        md5: '7c2ac02c03563afcf9b574c7e56c153a',
      },
    ],
    verified:
      'Digests as two other loaders state them; layout from the set’s readme. No official file was at hand.',
    offline: 'synthetic',
  },
  async open(files, options) {
    const listed = await listReviews(files, options.split);
    if (listed === undefined) return { schema: schema(), read: () => readArchive(files, options) };
    return {
      schema: schema(),
      rowCount: listed.length,
      at: async (rows) => readListed([...rows].map((row) => listed[row] as DataFile & Review)),
      async *read() {
        for (let row = 0; row < listed.length; row += blockRows) {
          options.signal?.throwIfAborted();
          yield await readListed(listed.slice(row, row + blockRows));
        }
      },
    };
  },
  async offline({ seed, rows = 64 }) {
    const files: Record<string, string> = {};
    for (const split of ['train', 'test', 'unsup']) {
      syntheticReviews(seed, split, rows, 2).forEach(({ text, label }, id) => {
        const rating = split === 'unsup' ? 0 : label === 0 ? 1 + (id % 4) : 7 + (id % 4);
        const folder = split === 'unsup' ? 'train/unsup' : `${split}/${label === 0 ? 'neg' : 'pos'}`;
        files[`aclImdb/${folder}/${id}_${rating}.txt`] = text.replaceAll('\n\n', '<br /><br />');
      });
    }
    return memoryFiles(files);
  },
};

interface Review {
  readonly label: number;
  readonly rating: number;
  readonly id: number;
}

/** What a path says about the review in it; undefined if it is none of this split. */
function parsePath(path: string, split: string): Review | undefined {
  const match = /(?:^|\/)(train|test)\/(pos|neg|unsup)\/(\d+)_(\d+)\.txt$/.exec(path);
  if (match === null) return undefined;
  const [, part, kind, id, rating] = match;
  if ((kind === 'unsup' ? 'unsup' : part) !== split) return undefined;
  const label = kind === 'neg' ? 0 : kind === 'pos' ? 1 : -1;
  const stars = Number(rating);
  if ((label === 0 && !(stars >= 1 && stars <= 4)) || (label === 1 && !(stars >= 7 && stars <= 10))) {
    throw new DatasetError('malformed', `load: a ${kind} review cannot have ${stars} stars.`, { file: path });
  }
  return { label, rating: stars, id: Number(id) };
}

/** Where the reviews lie as files of their own, those of this split; undefined where they lie in an archive. */
async function listReviews(files: DataFiles, split: string): Promise<(DataFile & Review)[] | undefined> {
  const found: (DataFile & Review)[] = [];
  for await (const file of files.list()) {
    if (/\.(tar|tar\.gz|tgz|gz|zip)$/i.test(file.path)) return undefined;
    const review = parsePath(file.path, split);
    if (review !== undefined) found.push({ ...file, ...review });
  }
  if (found.length === 0) throw missing('IMDb', `aclImdb/${split}/{pos,neg}/*.txt`);
  return found;
}

async function readListed(files: readonly (DataFile & Review)[]): Promise<Batch<ImdbColumns>> {
  const text: string[] = [];
  for (const file of files) {
    text.push(decodeText(await collectBytes(file.stream()), 'utf-8', { file: file.path, byte: 0 }));
  }
  return toBatch(text, files);
}

async function* readArchive(
  files: DataFiles,
  options: ReadOptions,
): AsyncGenerator<Batch<ImdbColumns>, void, undefined> {
  let text: string[] = [];
  let reviews: Review[] = [];
  let any = false;
  for await (const member of walk(files, options)) {
    const review = parsePath(member.path, options.split);
    if (review === undefined) continue;
    any = true;
    reviews.push(review);
    text.push(decodeText(await member.bytes(), 'utf-8', { file: member.path, byte: 0 }));
    if (text.length < blockRows) continue;
    yield toBatch(text, reviews);
    [text, reviews] = [[], []];
  }
  if (text.length > 0) yield toBatch(text, reviews);
  if (!any) throw missing('IMDb', `aclImdb/${options.split}/{pos,neg}/*.txt`);
}

function toBatch(text: string[], reviews: readonly Review[]): Batch<ImdbColumns> {
  const numbers = (key: keyof Review) => Int32Array.from(reviews, (review) => review[key]);
  const columns = { text, label: numbers('label'), rating: numbers('rating'), id: numbers('id') };
  return assembleBatch(schema(), columns, text.length);
}
