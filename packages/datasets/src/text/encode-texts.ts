import type { Columns, Schema } from '../columns.js';
import type { MapBatch, MapOptions } from '../stages/map.js';
import type { TokenizerDefinition } from './tokenizer-definition.js';

export interface EncodeTextsOptions {
  /** Tokens in every row: longer texts are cut (keeping the closing special token), shorter ones padded. */
  readonly length: number;
  /** Default `text`. */
  readonly column?: string;
  /** What fills short rows. Default `[PAD]`, or `<|endoftext|>` where there is none. */
  readonly pad?: string;
}

/**
 * Text to token ids, for `dataset.map(...(await encodeTexts(tokenizer, { length: 128 })))`: adds int32 columns
 * `inputIds` and `attentionMask` of [rows, length].
 *
 * @param tokenizer - from `trainTokenizer`, or the `tokenizer.json` of any published model
 * @throws RangeError if the padding token is not in the vocabulary
 */
export async function encodeTexts(
  tokenizer: TokenizerDefinition,
  { length, column = 'text', pad }: EncodeTextsOptions,
): Promise<[MapBatch<Columns, Columns>, MapOptions<Columns, Columns>]> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const encoder = new Tokenizer(tokenizer, {});
  const padId = [pad ?? '[PAD]', pad ?? '<|endoftext|>']
    .map((token) => encoder.token_to_id(token))
    .find((id) => id !== undefined);
  if (padId === undefined)
    throw new RangeError(`encodeTexts: pad must be a token of the vocabulary, got ${pad ?? '[PAD]'}.`);
  const change: MapBatch<Columns, Columns> = ({ columns, rowCount }) => {
    const texts = columns[column] as string[];
    const inputIds = new Int32Array(rowCount * length).fill(padId);
    const attentionMask = new Int32Array(rowCount * length);
    for (let row = 0; row < rowCount; row++) {
      const { ids } = encoder.encode(texts[row] ?? '');
      const plain =
        ids.length > length ? encoder.encode(texts[row] ?? '', { add_special_tokens: false }).ids : ids;
      const kept = ids.length > length ? truncate(ids, plain, length) : ids;
      inputIds.set(kept, row * length);
      attentionMask.fill(1, row * length, row * length + kept.length);
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

/** Cuts the text, not what the model expects around it. */
function truncate(ids: readonly number[], plain: readonly number[], length: number): number[] {
  const around = ids.length - plain.length;
  const before = ids[0] === plain[0] ? 0 : Math.min(1, around);
  const after = around - before;
  const inside = Math.max(0, length - around);
  const end = after === 0 ? [] : ids.slice(-after);
  return [...ids.slice(0, before), ...plain.slice(0, inside), ...end].slice(0, length);
}
