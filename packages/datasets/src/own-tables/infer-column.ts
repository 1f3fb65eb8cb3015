import type { ColumnProfile } from './column-profile.js';
import { dateOf, dateOrderOf, daysOfUnixTime } from './date-style.js';
import type { MissingWords } from './missing-words.js';
import { paddedNumber } from './padded-number.js';
import type { RawColumn } from './raw-column.js';

/** What the values of a column are. */
export type ValueType = 'number' | 'category' | 'date' | 'text' | 'ignore';

export interface InferredType {
  readonly type: ValueType;
  /** Why it is that, where somebody might have meant something else: for people. */
  readonly why?: string;
}

/** The greater part by far: then the rest are slips. */
const mostly = 0.8;
/** More words than this are too many for a feature each. */
const mostWords = 1000;
const idName =
  /^(?:(?:.*[_\s-])?(?:ids?|index|idx|uuid|guid|barcode|accession|sample|filename|path|url|rowid|row|rownames?|key)|unnamed: \d+|.*[a-z](?:Id|ID)|nr\.?|no\.?)$/i;
const idSuffix = /[a-z](?:Id|ID)$/;
const timeName =
  /(?:^|[_\s-])(?:time|date|datetime|timestamp|ts|created|updated|modified|when|at)(?:$|[_\s-])/i;

/** The type of a column from its values; what does not fit it is a slip, see `ColumnView`. */
export function inferType(column: RawColumn, profile: ColumnProfile, missing: MissingWords): InferredType {
  const counts = countWords(column, profile, missing);
  const known = profile.numbers + counts.words;
  if (known === 0) return { type: 'ignore', why: 'has no value in any row' };
  if (
    profile.numbers + counts.padded > 0 &&
    profile.numbers + counts.padded >= mostly * (known - counts.softMissing)
  )
    return ofNumbers(column.name, profile, known);
  if (counts.dates >= mostly * (known - counts.softMissing)) return { type: 'date' };
  return ofWords(column, profile, { known, ...counts });
}

interface WordCounts {
  /** Rows. */
  readonly words: number;
  readonly padded: number;
  readonly dates: number;
  readonly softMissing: number;
  readonly distinct: number;
  /** Of rows, with several words in a cell. */
  readonly sentences: number;
}

function countWords(column: RawColumn, { wordRows }: ColumnProfile, missing: MissingWords): WordCounts {
  const { order } = dateOrderOf(column.words.slice(0, 1000));
  const counts = { words: 0, padded: 0, dates: 0, softMissing: 0, distinct: 0, sentences: 0 };
  column.words.forEach((word, index) => {
    const rows = wordRows[index + 1] as number;
    if (rows === 0 || missing.isWord(word)) return;
    counts.words += rows;
    counts.distinct++;
    if (missing.isAmongNumbers(word)) counts.softMissing += rows;
    if (paddedNumber(word) !== undefined) counts.padded += rows;
    if (dateOf(word, order) !== undefined) counts.dates += rows;
    if (/\S\s+\S/.test(word)) counts.sentences += rows;
  });
  return counts;
}

function ofNumbers(
  name: string,
  { isCounting, isWhole, distinct, numbers, min, max }: ColumnProfile,
  known: number,
): InferredType {
  const isNamed = idName.test(name) || idSuffix.test(name);
  const differ = distinct === undefined || distinct.size === numbers;
  const isUnnamed = /^column \d+$/.test(name);
  if (isCounting && numbers >= 10 && (min === 0 || min === 1 || isNamed || isUnnamed || numbers > 300))
    return { type: 'ignore', why: `counts the rows from ${min} to ${max}` };
  if (isNamed && isWhole && differ && known >= 10)
    return { type: 'ignore', why: 'is an id: its name, and no number comes twice' };
  const isTime =
    timeName.test(name) && isWhole && daysOfUnixTime(min) !== undefined && daysOfUnixTime(max) !== undefined;
  if (isTime) return { type: 'date', why: 'is Unix time: its name and the size of its numbers' };
  return { type: 'number' };
}

function ofWords(
  { wordsRepeat, name }: RawColumn,
  { distinct: numbers }: ColumnProfile,
  { known, distinct, sentences }: WordCounts & { readonly known: number },
): InferredType {
  const different = distinct + (numbers?.size ?? known);
  if (!wordsRepeat && different * 2 <= known && different <= mostWords) return { type: 'category' };
  if (sentences < known / 10 && known >= 10 && different >= 0.9 * known)
    return {
      type: 'ignore',
      why: `is an id: ${different === known ? 'no word comes' : 'few words come'} twice`,
    };
  if ((idName.test(name) || idSuffix.test(name)) && sentences === 0 && different * 2 > known)
    return { type: 'ignore', why: 'is an id: its name, and few words come twice' };
  if (sentences < known / 2 && different * 2 <= known)
    return { type: 'text', why: `has ${different} different words, too many for a feature each` };
  return { type: 'text' };
}
