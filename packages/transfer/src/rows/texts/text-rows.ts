import type { Origin } from '@warmstart/datasets';
import { Tokenizer, trainTokenizer } from '@warmstart/tokenizers';
import type { InputSchema } from '../../schema/input-schema.js';
import type { OutputColumn } from '../../schema/output-schema.js';
import { refuseOtherKind } from '../other-kind.js';
import { digestOf, RowIds } from '../row-hash.js';
import type { ColumnSummary, EncodedRows, EncodeOptions, RowIndex, Rows } from '../rows.js';

/** What {@link TextRows} are made of. */
export interface TextParts {
  readonly name: string;
  readonly origin: Origin;
  readonly licence?: string;
  readonly texts: readonly string[];
  readonly output?: OutputColumn;
  /** As in `RowIndex`. */
  readonly outputs?: Float64Array;
  readonly parts?: Uint8Array;
  readonly columns: readonly ColumnSummary[];
  readonly notes: readonly string[];
  /** Tokens a text. Default 128. */
  readonly length?: number;
}

const vocabularySize = 4000;

/** Rows that are texts, encoded as token ids. */
export class TextRows implements Rows {
  readonly kind = 'texts';
  readonly name: string;
  readonly origin: Origin;
  readonly licence?: string;
  readonly rowCount: number;
  readonly columns: readonly ColumnSummary[];
  readonly output?: OutputColumn;
  readonly notes: readonly string[];
  readonly #parts: TextParts;

  constructor(parts: TextParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.origin = parts.origin;
    if (parts.licence !== undefined) this.licence = parts.licence;
    this.rowCount = parts.texts.length;
    this.columns = parts.columns;
    if (parts.output !== undefined) this.output = parts.output;
    this.notes = parts.notes;
  }

  async index(): Promise<RowIndex> {
    const { texts, outputs, parts } = this.#parts;
    const ids = new RowIds(texts.length);
    const seed = digestOf('text');
    texts.forEach((text, row) => {
      const half = Math.floor(text.length / 2);
      ids.add(row, seed, digestOf(text.trim()), digestOf(text.slice(half).trimEnd()));
    });
    return {
      rowCount: texts.length,
      ids: ids.finish(),
      ...(outputs ? { outputs } : {}),
      ...(parts ? { parts } : {}),
    };
  }

  /** A tokenizer of word pieces, trained on these texts. */
  async fitInput(rows: ArrayLike<number>, signal?: AbortSignal): Promise<InputSchema> {
    const { texts, length = 128 } = this.#parts;
    const chosen = Array.from(rows, (row) => texts[row] as string);
    const tokenizer = await trainTokenizer(chosen, {
      model: 'word-piece',
      vocabularySize,
      ...(signal ? { signal } : {}),
    });
    return { kind: 'texts', length, tokenizer: tokenizer.toJSON(), vocabularySize: tokenizer.size };
  }

  async *encode(
    input: InputSchema,
    options: EncodeOptions = {},
  ): AsyncGenerator<EncodedRows, void, undefined> {
    if (input.kind !== 'texts') {
      throw refuseOtherKind(this.name, input.kind, 'texts');
    }
    const { texts, outputs } = this.#parts;
    const rows = options.rows ?? Uint32Array.from(texts, (_, row) => row);
    const blockRows = options.blockRows ?? 1024;
    const tokenizer = new Tokenizer(input.tokenizer);
    const length = { maxLength: input.length, padTo: input.length };
    for (let start = 0; start < rows.length; start += blockRows) {
      options.signal?.throwIfAborted();
      const some = Array.from(
        { length: Math.min(blockRows, rows.length - start) },
        (_, at) => rows[start + at] as number,
      );
      const { tokens } = tokenizer.encode(
        some.map((row) => texts[row] as string),
        length,
      );
      yield {
        rowCount: some.length,
        features: Float32Array.from(tokens.flat()),
        ...(outputs ? { outputs: Float64Array.from(some, (row) => outputs[row] as number) } : {}),
      };
    }
  }
}
