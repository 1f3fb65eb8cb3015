import type { MissingWords, NumberView, RawColumn, WordView } from '@warmstart/datasets';
import { dateView, numberView, textAt, wordView } from '@warmstart/datasets';
import type {
  CategoryColumn,
  DateColumn,
  InputColumn,
  OneHotColumns,
  TextColumn,
} from '../../schema/input-schema.js';
import { learnedPlaces } from './choose-label.js';
import { tokensOf } from './text-features.js';

/** Where a row's features of one column go. */
export interface FeatureBlock {
  /** [rows, width] */
  readonly features: Float32Array;
  /** [rows, width], 1 everywhere at first. */
  readonly known: Uint8Array;
  readonly width: number;
}

/** Prepares one column, as a schema says. */
export interface ColumnEncoder {
  /** Features it makes. */
  readonly size: number;
  /**
   * @param row - of the table
   * @param to - of its first feature in the block
   * @returns whether the value was there
   */
  encode(row: number, to: number, block: FeatureBlock): boolean;
  /** What the column holds and the schema does not know. */
  unknown?(rows: ArrayLike<number>): UnknownWords | undefined;
}

/** Words of a column that were not learned. */
export interface UnknownWords {
  readonly column: string;
  readonly words: readonly string[];
  readonly rowCount: number;
}

/** @param columnOf - a column of the table by its name */
export function columnEncoder(
  learned: InputColumn,
  columnOf: (name: string) => RawColumn,
  missing: MissingWords,
): ColumnEncoder {
  switch (learned.type) {
    case 'number':
      return numberEncoder(numberView(columnOf(learned.name), missing), learned, []);
    case 'date':
      return numberEncoder(dateView(columnOf(learned.name), missing, learned.order), learned, learned.cycles);
    case 'category':
      return categoryEncoder(wordView(columnOf(learned.name), missing), learned);
    case 'text':
      return textEncoder(columnOf(learned.name), learned);
    case 'one-hot':
      return oneHotEncoder(
        learned.names.map((name) => numberView(columnOf(name), missing)),
        learned,
      );
  }
}

const cycleDays = { year: 365.2425, week: 7, day: 1 };

function numberEncoder(
  view: NumberView,
  {
    mean,
    deviation,
    indicator = false,
  }: { readonly mean: number; readonly deviation: number; readonly indicator?: boolean },
  cycles: DateColumn['cycles'],
): ColumnEncoder {
  const values = 1 + 2 * cycles.length;
  const size = values + (indicator ? 1 : 0);
  return {
    size,
    encode(row, to, { features, known }) {
      const value = view.at(row);
      if (Number.isNaN(value)) {
        known.fill(0, to, to + values);
        if (indicator) features[to + values] = 1;
        return false;
      }
      features[to] = tailDrawnIn((value - mean) / deviation);
      for (let cycle = 0; cycle < cycles.length; cycle++) {
        const angle = (2 * Math.PI * value) / cycleDays[cycles[cycle] as 'year'];
        features[to + 1 + 2 * cycle] = Math.sin(angle);
        features[to + 2 + 2 * cycle] = Math.cos(angle);
      }
      return true;
    },
  };
}

const tailFrom = 8;

/**
 * Beyond 8 deviations only the logarithm of a value counts. Rows that differ still differ afterwards, which clipping
 * would not keep.
 */
export function tailDrawnIn(value: number): number {
  const beyond = Math.abs(value) - tailFrom;
  return beyond <= 0 ? value : Math.sign(value) * (tailFrom + Math.log1p(beyond));
}

function categoryEncoder(view: WordView, { name, words }: CategoryColumn): ColumnEncoder {
  let places: Int32Array = new Int32Array(0);
  const placeOf = (row: number) => {
    const at = view.at(row);
    if (at >= places.length) places = learnedPlaces(view, words); // a number that was not asked for before
    return at < 0 ? -1 : (places[at] as number);
  };
  return {
    size: words.length,
    encode(row, to, { features, known }) {
      const place = placeOf(row);
      if (place >= 0) features[to + place] = 1;
      else known.fill(0, to, to + words.length);
      return place >= 0;
    },
    unknown(rows) {
      const strange = new Set<number>();
      let rowCount = 0;
      for (let index = 0; index < rows.length; index++) {
        const row = rows[index] as number;
        if (placeOf(row) >= 0) continue;
        const at = view.at(row);
        if (at < 0) continue;
        strange.add(at);
        rowCount++;
      }
      if (rowCount === 0) return undefined;
      return { column: name, words: [...strange].map((at) => view.words[at] as string), rowCount };
    },
  };
}

function textEncoder(column: RawColumn, { words, weights }: TextColumn): ColumnEncoder {
  const places = new Map(words.map((word, index) => [word, index]));
  const scale = Math.sqrt(words.length);
  return {
    size: words.length,
    encode(row, to, { features, known }) {
      const text = textAt(column, row);
      if (text === '') {
        known.fill(0, to, to + words.length);
        return false;
      }
      let squares = 0;
      for (const word of tokensOf(text)) {
        const place = places.get(word);
        if (place === undefined) continue;
        const before = features[to + place] as number;
        const weight = weights[place] as number;
        features[to + place] = before + weight;
        squares += weight * (2 * before + weight);
      }
      if (squares === 0) return true;
      // of length √words, so that a feature's square is 1 on average
      const factor = scale / Math.sqrt(squares);
      for (let place = 0; place < words.length; place++)
        features[to + place] = (features[to + place] as number) * factor;
      return true;
    },
  };
}

function oneHotEncoder(views: readonly NumberView[], { names }: OneHotColumns): ColumnEncoder {
  return {
    size: names.length,
    encode(row, to, { features, known }) {
      let whole = true;
      for (let at = 0; at < views.length; at++) {
        const value = (views[at] as NumberView).at(row);
        if (Number.isNaN(value)) {
          known[to + at] = 0;
          whole = false;
        } else features[to + at] = value;
      }
      return whole;
    },
  };
}
