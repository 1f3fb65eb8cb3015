import type { Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import { memoryFiles } from '../files.js';
import type { Member } from '../formats/member.js';
import { readTextTable } from '../formats/text-table.js';
import { syntheticReviews } from '../synthetic/reviews.js';
import { readMatching } from './find-members.js';

export interface Sentiment140Columns {
  [column: string]: Int32Array | string[];
  text: string[];
  /** 0 negative, 1 neutral, 2 positive; the files say 0, 2 and 4 */
  label: Int32Array;
  /** The tweet's number; a few are there twice. */
  id: string[];
  date: string[];
  query: string[];
  user: string[];
}

const classNames = ['negative', 'neutral', 'positive'] as const;
const string = { dtype: 'string', shape: [] } as const;
const fileNames = {
  train: 'training.1600000.processed.noemoticon.csv',
  test: 'testdata.manual.2009.06.14.csv',
} as const;

function schema(): Schema<Sentiment140Columns> {
  const label = { dtype: 'int32', shape: [], classNames } as const;
  return { text: string, label, id: string, date: string, query: string, user: string };
}

/** 1.6 million tweets with the mood of their emoticons. */
export const sentiment140: DatasetDefinition<Sentiment140Columns> = {
  defaultSplit: 'train',
  small: false,
  card: {
    name: 'sentiment140',
    title: 'Sentiment140',
    description: 'Tweets labelled by their emoticons; 498 more labelled by hand, neutral ones among them.',
    licence: 'none stated; tweets. Never redistributed.',
    downloadable: true,
    splits: { train: 1_600_000, test: 498 },
    classes: classNames,
    features: {
      text: 'the tweet, without its emoticon',
      label: /* @__PURE__ */ classNames.join(', '),
      id: 'tweet id',
      date: 'as written',
      query: 'search term',
      user: 'user name',
    },
    source: 'http://help.sentiment140.com/for-students',
    citation:
      'Go, Bhayani, Huang 2009. Twitter sentiment classification using distant supervision. Stanford CS224N report.',
    files: [
      {
        name: 'trainingandtestdata.zip',
        url: 'https://cs.stanford.edu/people/alecmgo/trainingandtestdata.zip',
        sizeBytes: 81_363_704,
        sha256: '004a3772c8a7ff9bbfeb875880f47f0679d93fc63e5cf9cff72d54a8a6162e57',
      },
    ],
    verified: 'Digest as two other loaders state it; format from documents. No official file was at hand.',
    offline: 'synthetic',
  },
  async open(files, options) {
    const name = options.split === 'test' ? fileNames.test : fileNames.train;
    const pattern = options.split === 'test' ? /(^|\/)test[^/]*\.csv$/ : /(^|\/)train[^/]*\.csv$/;
    const wanted = { set: 'Sentiment140', pattern, expected: name };
    return {
      schema: schema(),
      read: () => readMatching(files, wanted, options, (member) => rows(member, options)),
    };
  },
  async offline({ seed, rows: count = 300 }) {
    const line = (polarity: number, text: string, row: number) => {
      const fields = [
        polarity,
        1_000_000 + row,
        'Mon Apr 06 22:19:45 PDT 2009',
        'NO_QUERY',
        `synthetic_${row % 41}`,
        text,
      ];
      return `${fields.map((field) => `"${String(field).replaceAll('"', '""')}"`).join(',')}\n`;
    };
    // sorted by class, as the real training file is
    const train = syntheticReviews(seed, 'train', count, 2).sort((a, b) => a.label - b.label);
    const test = syntheticReviews(seed, 'test', count, 3);
    const flat = (text: string) => text.replaceAll('\n', ' ');
    return memoryFiles({
      [fileNames.train]: latin1(
        train.map(({ text, label }, row) => line(label * 4, flat(text), row)).join(''),
      ),
      [fileNames.test]: latin1(test.map(({ text, label }, row) => line(label * 2, flat(text), row)).join('')),
    });
  },
};

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);
}

async function* rows(member: Member, { limits }: ReadOptions) {
  let record = 0;
  const options = { columnCount: 6, encoding: 'latin1', file: member.path, limits } as const;
  for await (const block of readTextTable(member.stream(), options)) {
    const label = new Int32Array(block.length);
    const column = (index: number) => block.map((row) => row[index] ?? '');
    column(0).forEach((polarity, row) => {
      const index = ['0', '2', '4'].indexOf(polarity);
      if (index < 0) {
        const message = `load: a polarity must be 0, 2 or 4, got ${JSON.stringify(polarity)}.`;
        throw new DatasetError('malformed', message, { file: member.path, record: record + row + 1 });
      }
      label[row] = index;
    });
    record += block.length;
    const columns = {
      text: column(5),
      label,
      id: column(1),
      date: column(2),
      query: column(3),
      user: column(4),
    };
    yield assembleBatch(schema(), columns, block.length);
  }
}
