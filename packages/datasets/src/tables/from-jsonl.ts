import type { Origin } from '../card.js';
import { DatasetError } from '../errors.js';
import type { TextEncoding } from '../formats/decode-text.js';
import { readJsonLines } from '../formats/lines.js';
import type { OwnFiles } from '../own-files.js';
import { walk } from '../walk.js';
import type { Cell, CellBlock, CellSource } from './cells.js';
import type { TableDataset } from './from-cells.js';
import { fromCells } from './from-cells.js';
import type { Table } from './table.js';
import { findFiles } from './table-files.js';
import type { TableOptions } from './table-options.js';
import { refuseBinary } from './text-bytes.js';

export interface JsonlOptions extends TableOptions {
  readonly encoding?: TextEncoding;
}

const names = /\.(jsonl|ndjson|json)(\.gz)?$/i;

/**
 * A data set from JSON lines of one's own, one object a line, as `fromCsv` gives one. Columns are the keys of all
 * lines; a line without a key, or with null, lacks that value; objects and arrays are text, as JSON.
 *
 * @throws as `fromCsv`
 */
export async function fromJsonl<const O extends JsonlOptions = JsonlOptions>(
  given: OwnFiles,
  stated?: O,
): Promise<TableDataset<O>> {
  const options: JsonlOptions = stated ?? {};
  const { files, origin, paths, sizeBytes } = await findFiles(given, names, 'fromJsonl');
  const encoding = options.encoding === undefined ? {} : { encoding: options.encoding };
  const keys = new ObjectRows(options.table, 'fromJsonl');
  const cells: CellSource = {
    caller: 'fromJsonl',
    fingerprint: JSON.stringify([paths, sizeBytes, options.encoding]),
    sizeBytes: paths.some((path) => /\.(gz|tgz|zip)$/i.test(path)) ? undefined : sizeBytes,
    async *read(reading) {
      for await (const member of walk(files, reading)) {
        if (!names.test(member.path) && paths.length > 1) continue;
        const file = member.path;
        let record = 1;
        const lines = readJsonLines(refuseBinary(member, 'fromJsonl'), {
          file,
          limits: reading.limits,
          ...encoding,
        });
        for await (const values of lines) {
          reading.signal?.throwIfAborted();
          yield keys.block(values, file, record);
          record += values.length;
        }
      }
    },
  };
  return fromCells<O>(cells, { origin, ...options } as O & { origin: Origin }); // as stated, with a default
}

/** @internal Objects as rows of cells; a key that was not seen before is a further column. */
export class ObjectRows {
  readonly #caller: string;
  readonly #positions: Map<string, number>;
  readonly #names: string[];

  constructor(table: Table | undefined, caller: string) {
    this.#caller = caller;
    // labels and targets are there only if a file has them
    this.#names = (table?.columns ?? []).filter(({ role }) => role === 'feature').map(({ name }) => name);
    this.#positions = new Map(this.#names.map((name, at) => [name, at]));
  }

  block(values: readonly unknown[], file: string, record: number): CellBlock {
    const rows = values.map((value, row) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        const message = `${this.#caller}: every row must be an object, got ${JSON.stringify(value).slice(0, 40)}.`;
        throw new DatasetError('malformed', message, { file, record: record + row });
      }
      return this.#row(value);
    });
    return { names: [...this.#names], rows, file, record };
  }

  #row(value: object): Cell[] {
    const row: Cell[] = new Array<Cell>(this.#names.length).fill(null);
    for (const [name, cell] of Object.entries(value)) {
      let at = this.#positions.get(name);
      if (at === undefined) {
        at = this.#names.length;
        this.#names.push(name);
        this.#positions.set(name, at);
      }
      row[at] = cellOf(cell);
    }
    return row;
  }
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Uint8Array) return null; // bytes are no cell
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}
