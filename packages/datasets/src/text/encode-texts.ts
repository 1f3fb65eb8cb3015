import type { Columns, Schema } from '../columns.js';
import type { MapBatch, MapOptions } from '../stages/map.js';

/** What `encodeTexts` needs of a tokenizer: `readTokenizer` and `trainTokenizer` of `@warmstart/tokenizers` give one. */
export interface TextTokenizer {
  /** Rows of `padTo` ids, and 1 for each that is not padding. */
  encode(
    texts: readonly string[],
    options: { readonly maxLength: number; readonly padTo: number; readonly padId?: number },
  ): { readonly tokens: readonly (readonly number[])[]; readonly mask: readonly (readonly number[])[] };
}

export interface EncodeTextsOptions {
  /** Tokens in every row: longer texts are cut (keeping the special tokens), shorter ones padded. */
  readonly length: number;
  /** Default `text`. */
  readonly column?: string;
  /** What fills short rows, for a tokenizer that names no token for it. */
  readonly padId?: number;
}

/**
 * Text to token ids, for `dataset.map(...encodeTexts(tokenizer, { length: 128 }))`: adds int32 columns `inputIds` and
 * `attentionMask` of [rows, length].
 *
 * @throws RangeError if no token for padding is known, or `length` has no room for the special tokens
 */
export function encodeTexts(
  tokenizer: TextTokenizer,
  { length, column = 'text', padId }: EncodeTextsOptions,
): [MapBatch<Columns, Columns>, MapOptions<Columns, Columns>] {
  const options = { maxLength: length, padTo: length, ...(padId === undefined ? {} : { padId }) };
  const change: MapBatch<Columns, Columns> = ({ columns, rowCount }) => {
    const inputIds = new Int32Array(rowCount * length);
    const attentionMask = new Int32Array(rowCount * length);
    const texts = columns[column] as string[]; // the schema says so
    const { tokens, mask } = tokenizer.encode(texts, options);
    for (let row = 0; row < rowCount; row++) {
      inputIds.set(tokens[row] as readonly number[], row * length); // a row for each text
      attentionMask.set(mask[row] as readonly number[], row * length);
    }
    return { ...columns, inputIds, attentionMask };
  };
  const schema = (old: Schema) => {
    if (old[column]?.dtype !== 'string')
      throw new TypeError(`encodeTexts: the column "${column}" must hold text.`);
    return {
      ...old,
      inputIds: { dtype: 'int32', shape: [length] } as const,
      attentionMask: { dtype: 'int32', shape: [length] } as const,
    };
  };
  return [change, { schema }];
}
