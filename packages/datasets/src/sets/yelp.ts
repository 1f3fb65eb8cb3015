import type { Card } from '../card.js';
import type { Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import { memoryFiles } from '../files.js';
import { readJsonLines } from '../formats/lines.js';
import type { Member } from '../formats/member.js';
import { readTextTable } from '../formats/text-table.js';
import { syntheticReviews } from '../synthetic/reviews.js';
import { readMatching } from './find-members.js';

export interface ReviewColumns {
  [column: string]: Int32Array | string[];
  text: string[];
  label: Int32Array;
}

const polarityClasses = ['negative', 'positive'] as const;
const starClasses = ['1 star', '2 stars', '3 stars', '4 stars', '5 stars'] as const;

const terms = 'Yelp dataset agreement: no redistribution. Bring your own copy.';

function schema(classNames: readonly string[]): Schema<ReviewColumns> {
  return { text: { dtype: 'string', shape: [] }, label: { dtype: 'int32', shape: [], classNames } };
}

/** Half a million restaurant reviews, good or bad. */
export const yelpPolarity = /* @__PURE__ */ yelpCsv(polarityClasses, 'yelp_review_polarity_csv', {
  name: 'yelp_polarity',
  title: 'Yelp review polarity',
  description: 'Reviews with 1 or 2 stars (negative) and with 3 or 4 (positive), as Zhang et al. drew them.',
  splits: { train: 560_000, test: 38_000 },
  files: [
    {
      name: 'yelp_review_polarity_csv.tgz',
      sizeBytes: 166_373_201,
      sha256: '528f22e286cad085948acbc3bea7e58188416546b0e364d0ae4ca0ce666abe35',
      variant: 'fast.ai mirror',
    },
    {
      name: 'yelp_review_polarity_csv.tar.gz',
      md5: '620c8ae4bd5a150b730f1ba9a7c6a4d3',
      variant: 'original host',
    },
  ],
});

/** Reviews with one to five stars. */
export const yelpFull = /* @__PURE__ */ yelpCsv(starClasses, 'yelp_review_full_csv', {
  name: 'yelp_full',
  title: 'Yelp reviews, full',
  description: 'Reviews with one to five stars, Zhang et al.',
  splits: { train: 650_000, test: 50_000 },
  files: [
    {
      name: 'yelp_review_full_csv.tgz',
      sizeBytes: 196_146_755,
      sha256: '56006b0a17a370f1e366504b1f2c3e3754e4a3dda17d3e718a885c552869a559',
      variant: 'fast.ai mirror',
    },
    {
      name: 'yelp_review_full_csv.tar.gz',
      md5: 'f7ddfafed1033f68ec72b9267863af6c',
      variant: 'original host',
    },
  ],
});

function yelpCsv(
  classes: readonly string[],
  folder: string,
  about: Pick<Card, 'name' | 'title' | 'description' | 'splits' | 'files'>,
): DatasetDefinition<ReviewColumns> {
  return {
    defaultSplit: 'train',
    small: false,
    card: {
      ...about,
      licence: terms,
      downloadable: false,
      classes,
      features: { text: 'the review, escapes undone', label: classes.join(', ') },
      source: 'https://www.yelp.com/dataset',
      citation:
        'Zhang, Zhao, LeCun 2015. Character-level convolutional networks for text classification. arXiv 1509.01626.',
      verified:
        'Format and counts from the set’s readme and three other loaders; no official file was at hand.',
      offline: 'synthetic',
    },
    async open(files, options) {
      const { split } = options;
      const wanted = {
        set: about.name,
        pattern: new RegExp(`(^|/)(${folder}/)?${split}\\.csv$`),
        expected: `${split}.csv`,
      };
      return {
        schema: schema(classes),
        read: () => readMatching(files, wanted, options, (member) => csvRows(member, classes, options)),
      };
    },
    offline: async ({ seed, rows = 256 }) =>
      memoryFiles(
        Object.fromEntries(
          ['train', 'test'].map((split) => [
            `${folder}/${split}.csv`,
            syntheticReviews(seed, split, rows, classes.length)
              .map(({ text, label }) => `"${label + 1}","${escapeReview(text)}"\n`)
              .join(''),
          ]),
        ),
      ),
  };
}

/** Text as the CSV files write it: newlines as `\n`, inner quotes doubled. */
function escapeReview(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '""');
}

async function* csvRows(member: Member, classes: readonly string[], { limits }: ReadOptions) {
  let record = 0;
  for await (const rows of readTextTable(member.stream(), { columnCount: 2, file: member.path, limits })) {
    const label = new Int32Array(rows.length);
    const text = rows.map(([number = '', review = ''], row) => {
      label[row] = classIndex(number, classes.length, { file: member.path, record: record + row + 1 });
      return unescapeReview(review);
    });
    record += rows.length;
    yield assembleBatch(schema(classes), { text, label }, rows.length);
  }
}

function classIndex(number: string, classCount: number, place: { file: string; record: number }): number {
  const index = /^[1-9]$/.test(number) ? Number(number) - 1 : -1;
  if (index >= 0 && index < classCount) return index;
  throw new DatasetError(
    'malformed',
    `load: a Yelp class must be 1 to ${classCount}, got ${JSON.stringify(number)}.`,
    place,
  );
}

function unescapeReview(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([\\n"])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

/** Yelp's own reviews, as JSON lines. */
export const yelpJson: DatasetDefinition<ReviewColumns> = {
  defaultSplit: 'reviews',
  small: false,
  card: {
    name: 'yelp_json',
    title: 'Yelp open dataset, reviews',
    description: 'Millions of reviews of local businesses with one to five stars, as Yelp publishes them.',
    licence: terms,
    downloadable: false,
    splits: { reviews: null },
    classes: starClasses,
    features: {
      text: 'the review',
      label: /* @__PURE__ */ starClasses.join(', '),
      business: 'business_id',
      user: 'user_id',
      date: 'date',
    },
    source: 'https://www.yelp.com/dataset',
    citation: 'Yelp Open Dataset.',
    files: [{ name: 'yelp_academic_dataset_review.json' }],
    verified: 'Field names from public documentation; no official file was at hand.',
    offline: 'synthetic',
  },
  async open(files, options) {
    const wanted = {
      set: 'yelp_json',
      pattern: /review\.json$/,
      expected: 'yelp_academic_dataset_review.json',
    };
    const text = { dtype: 'string', shape: [] } as const;
    const full = { ...schema(starClasses), business: text, user: text, date: text };
    return {
      schema: full,
      read: () => readMatching(files, wanted, options, (member) => jsonRows(member, full, options)),
    };
  },
  offline: async ({ seed, rows = 256 }) =>
    memoryFiles({
      'yelp_academic_dataset_review.json': syntheticReviews(seed, 'reviews', rows, 5)
        .map(({ text, label }, row) => {
          const id = (kind: string, number: number) => `synthetic-${kind}-${number}`;
          const review = {
            review_id: id('review', row),
            user_id: id('user', row % 37),
            business_id: id('business', row % 11),
            stars: label + 1,
            useful: 0,
            funny: 0,
            cool: 0,
            text,
            date: '2020-01-01 00:00:00',
          };
          return `${JSON.stringify(review)}\n`;
        })
        .join(''),
    }),
};

async function* jsonRows(member: Member, full: Schema<ReviewColumns>, { limits }: ReadOptions) {
  let record = 0;
  for await (const values of readJsonLines(member.stream(), { file: member.path, limits })) {
    const label = new Int32Array(values.length);
    const columns = { text: [], business: [], user: [], date: [] } as Record<
      'text' | 'business' | 'user' | 'date',
      string[]
    >;
    values.forEach((value, row) => {
      const review = (value ?? {}) as Record<string, unknown>; // every field is checked below
      const { stars } = review;
      if (typeof review.text !== 'string' || typeof stars !== 'number' || ![1, 2, 3, 4, 5].includes(stars)) {
        const message = 'load: a Yelp review must have text and 1 to 5 stars, got none.';
        throw new DatasetError('malformed', message, { file: member.path, record: record + row + 1 });
      }
      label[row] = stars - 1;
      columns.text.push(review.text);
      columns.business.push(String(review.business_id ?? ''));
      columns.user.push(String(review.user_id ?? ''));
      columns.date.push(String(review.date ?? ''));
    });
    record += values.length;
    yield assembleBatch(full, { ...columns, label }, values.length);
  }
}
