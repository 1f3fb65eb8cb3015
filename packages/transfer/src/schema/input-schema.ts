import type { TokenizerDefinition } from '@warmstart/tokenizers';

/**
 * A column of numbers, standardised: z = (value − mean) ÷ deviation in float64, then narrowed. Beyond 8 deviations only
 * the logarithm counts: sign(z) · (8 + ln(1 + |z| − 8)).
 */
export interface NumberColumn {
  readonly type: 'number';
  readonly name: string;
  /** Of the training rows that have a value; float64. */
  readonly mean: number;
  readonly deviation: number;
  /** Whether one more feature says that the value is missing (1) or there (0). A missing value itself is the mean. */
  readonly indicator?: boolean;
}

/** A column of categories, one feature a word. A missing value is all zeros. */
export interface CategoryColumn {
  readonly type: 'category';
  readonly name: string;
  readonly words: readonly string[];
}

/** A column of dates and times: days since 1970-01-01 as a standardised number, and the cycles that vary in it. */
export interface DateColumn {
  readonly type: 'date';
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
  readonly indicator?: boolean;
  /** What `03/04/2021` means. */
  readonly order: 'day-first' | 'month-first';
  /** Each is two features: sine and cosine of 2π · days ÷ 365.2425, 7 or 1. */
  readonly cycles: readonly ('year' | 'week' | 'day')[];
}

/**
 * A column of free text beside others, one feature a word: how often it stands in the text times its weight, the whole
 * brought to the length √words. Words are runs of letters and digits, in small letters.
 */
export interface TextColumn {
  readonly type: 'text';
  readonly name: string;
  readonly words: readonly string[];
  /** Of each word: its inverse document frequency. */
  readonly weights: readonly number[];
}

/** Columns that are 0 or 1 in the data already, `groupSize` of them a category: DNA as four columns a nucleotide. */
export interface OneHotColumns {
  readonly type: 'one-hot';
  readonly names: readonly string[];
  readonly groupSize: number;
}

export type InputColumn = NumberColumn | CategoryColumn | DateColumn | TextColumn | OneHotColumns;

/** Rows of a table. Features stand in the order of the columns. */
export interface TableInput {
  readonly kind: 'table';
  readonly columns: readonly InputColumn[];
  /** Words that mean "no value", beside the usual ones. */
  readonly missingWords?: readonly string[];
  /** Words that mean "no value", in place of the usual ones. */
  readonly missingValues?: readonly string[];
}

/** Rows of counts by gene: scaled to `scale` a row over all genes of the file, log(1 + x), then standardised. */
export interface CountsInput {
  readonly kind: 'counts';
  readonly genes: readonly { readonly id: string; readonly symbol?: string }[];
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly scale: number;
  /** Whether the training data were logarithms already, and so were neither scaled nor logged. */
  readonly logged: boolean;
}

/** Images: the shorter side is resized to `shorterSide`, the middle `size` × `size` is kept, values ÷ 255 are standardised. */
export interface ImagesInput {
  readonly kind: 'images';
  readonly size: number;
  readonly shorterSide: number;
  readonly interpolation: 'bilinear' | 'bicubic';
  /** Of red, green and blue. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Texts, as token ids of a fixed length. */
export interface TextsInput {
  readonly kind: 'texts';
  /** Whole, so that nothing but the model file is needed. */
  readonly tokenizer: TokenizerDefinition;
  readonly length: number;
  readonly vocabularySize: number;
}

/**
 * What a model takes, by name: part of its card. Plain JSON, fitted on training rows without their labels, so that new
 * rows are prepared in the same way wherever they are read.
 */
export type InputSchema = TableInput | CountsInput | ImagesInput | TextsInput;
