import type { CountColumns, Dataset, GeneMatch, Origin } from '@warmstart/datasets';
import { matchGenes } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { CountsInput, InputSchema } from '../../schema/input-schema.js';
import type { OutputColumn } from '../../schema/output-schema.js';
import { listed } from '../listed.js';
import { refuseOtherKind } from '../other-kind.js';
import { digestOf, RowIds } from '../row-hash.js';
import type { ColumnSummary, EncodedRows, EncodeOptions, RowIndex, Rows } from '../rows.js';
import { fitGenes } from './fit-genes.js';
import { logCounts } from './log-counts.js';

/** What {@link CountRows} are made of. */
export interface CountParts {
  readonly name: string;
  readonly origin: Origin;
  readonly licence?: string;
  readonly dataset: Dataset<CountColumns>;
  readonly rowCount: number;
  /** Whether the numbers are neither to be scaled nor logged. */
  readonly logged: boolean;
  readonly output?: OutputColumn;
  /** As in `RowIndex`. */
  readonly outputs?: Float64Array;
  readonly columns: readonly ColumnSummary[];
  readonly notes: readonly string[];
  /** Genes that are kept. */
  readonly genes: number;
}

/** Rows of counts by gene: cells, or samples. */
export class CountRows implements Rows {
  readonly kind = 'counts';
  readonly name: string;
  readonly origin: Origin;
  readonly licence?: string;
  readonly rowCount: number;
  readonly columns: readonly ColumnSummary[];
  readonly output?: OutputColumn;
  readonly notes: readonly string[];
  readonly #parts: CountParts;
  #index: RowIndex | undefined;

  constructor(parts: CountParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.origin = parts.origin;
    if (parts.licence !== undefined) this.licence = parts.licence;
    this.rowCount = parts.rowCount;
    this.columns = parts.columns;
    if (parts.output !== undefined) this.output = parts.output;
    this.notes = parts.notes;
  }

  async index(signal?: AbortSignal): Promise<RowIndex> {
    if (this.#index !== undefined) return this.#index;
    const { dataset, outputs } = this.#parts;
    const seeds = (dataset.schema.features.names ?? []).map(digestOf);
    const ids = new RowIds(this.rowCount);
    const bits = new Float64Array(1);
    const halves = new Uint32Array(bits.buffer);
    let row = 0;
    for await (const { columns, rowCount } of dataset.iterate(signal ? { signal } : {})) {
      for (let at = 0; at < columns.features.length; at++) {
        const value = columns.features[at] as number;
        if (value === 0) continue;
        bits[0] = value;
        const seed = seeds[at % seeds.length] as number;
        ids.add(row + Math.floor(at / seeds.length), seed, halves[0] as number, halves[1] as number);
      }
      row += rowCount;
    }
    this.#index = { rowCount: this.rowCount, ids: ids.finish(), ...(outputs ? { outputs } : {}) };
    return this.#index;
  }

  async fitInput(rows: ArrayLike<number>, signal?: AbortSignal): Promise<InputSchema> {
    const { dataset, logged, genes } = this.#parts;
    const some = dataset.select(Uint32Array.from(rows));
    return fitGenes(some, { logged, most: genes, ...(signal ? { signal } : {}) });
  }

  async *encode(
    input: InputSchema,
    options: EncodeOptions = {},
  ): AsyncGenerator<EncodedRows, void, undefined> {
    if (input.kind !== 'counts') throw refuseOtherKind(this.name, input.kind, 'counts');
    const { dataset, outputs, logged } = this.#parts;
    if (input.logged !== logged) throw this.#otherScale(input);
    const match = genesOf(input, dataset, this.name);
    if (match.missing.length > 0) options.onNote?.(geneNote(match, input));
    const rows = Uint32Array.from(options.rows ?? Array.from({ length: this.rowCount }, (_, row) => row));
    const blockRows = options.blockRows ?? 256;
    for (let start = 0; start < rows.length; start += blockRows) {
      options.signal?.throwIfAborted();
      const some = rows.subarray(start, start + blockRows);
      const { columns } = await dataset.select(some).collect();
      const width = columns.features.length / some.length;
      const values = logged ? columns.features : logCounts(columns.features, width, input.scale);
      yield {
        ...standardised(values, width, match, input),
        ...(outputs ? { outputs: Float64Array.from(some, (row) => outputs[row] as number) } : {}),
      };
    }
  }

  #otherScale({ logged }: CountsInput): TransferError {
    const [wanted, got] = logged ? ['logarithms', 'counts'] : ['counts', 'logarithms of counts'];
    return new TransferError(
      'other-data',
      `${this.name}: the model learned from ${wanted}, got ${got}. Give it values like those it learned from; option values says what they are if that was guessed wrongly.`,
      { file: this.name },
    );
  }
}

function standardised(
  values: Float32Array,
  width: number,
  { columns }: GeneMatch,
  { mean, deviation }: CountsInput,
): Pick<EncodedRows, 'rowCount' | 'features' | 'known'> {
  const rowCount = values.length / width;
  const size = columns.length;
  const features = new Float32Array(rowCount * size);
  const known = columns.includes(-1) ? new Uint8Array(rowCount * size).fill(1) : undefined;
  for (let gene = 0; gene < size; gene++) {
    const from = columns[gene] as number;
    for (let row = 0; row < rowCount; row++) {
      const to = row * size + gene;
      if (from >= 0)
        features[to] =
          ((values[row * width + from] as number) - (mean[gene] as number)) / (deviation[gene] as number);
      else if (known) known[to] = 0;
    }
  }
  return { rowCount, features, ...(known ? { known } : {}) };
}

/** Where a model's genes stand in a file. @throws TransferError `no-column` if fewer than half are there */
export function genesOf(input: CountsInput, dataset: Dataset<CountColumns>, name: string): GeneMatch {
  const learned = {
    ids: input.genes.map(({ id }) => id),
    names: input.genes.map(({ id, symbol }) => symbol ?? id),
  };
  const match = matchGenes(learned, dataset.schema.features);
  if (match.matched * 2 >= input.genes.length) return match;
  throw new TransferError(
    'no-column',
    `${name}: fewer than half of the model's genes are there (${match.matched} of ${input.genes.length}; not ${listed(match.missing)}). Are the genes named by another system, or of another species?`,
    { file: name },
  );
}

/** How many of a model's genes a file has. */
export function geneNote({ matched, missing, by }: GeneMatch, input: CountsInput): string {
  const absent = missing.length === 0 ? '' : `; ${listed(missing)} count as unknown`;
  return `${matched} of the model's ${input.genes.length} genes were found by ${by}${absent}`;
}
