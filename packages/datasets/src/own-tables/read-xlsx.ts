import { DatasetError } from '../errors.js';
import { collectBytes } from '../formats/byte-reader.js';
import { readXlsx } from '../formats/xlsx.js';
import type { DataNote } from '../notes.js';
import { isHeader, namesOf } from './guess-header.js';
import { plainStyle } from './number-style.js';
import type { RawColumn } from './raw-column.js';
import type { ReadTableOptions, TableMember, TableReader } from './table-reader.js';
import { ValueColumns } from './value-columns.js';

/** One sheet of a workbook. */
export class XlsxColumns implements TableReader {
  readonly notes: DataNote[] = [];
  readonly #options: ReadTableOptions;
  readonly #columns: ValueColumns;

  constructor(options: ReadTableOptions) {
    this.#options = options;
    const { columns = () => true, decimal, thousands } = options;
    const style = { ...plainStyle, ...(decimal ? { decimal } : {}), ...(thousands ? { thousands } : {}) };
    this.#columns = new ValueColumns(columns, style);
  }

  get columns(): readonly RawColumn[] {
    return this.#columns.columns;
  }

  get names(): readonly string[] {
    return this.#columns.names;
  }

  get rowCount(): number {
    return this.#columns.rowCount;
  }

  async add({ path, stream, reading: { limits } }: TableMember): Promise<void> {
    const { header, sheet, xlsx } = this.#options;
    const bytes = await collectBytes(stream());
    const {
      name,
      others,
      rows: all,
    } = await readXlsx(bytes, path, {
      limits,
      ...(sheet === undefined ? {} : { sheet }),
      ...(xlsx === undefined ? {} : { xlsx }),
    });
    if (others.length > 0 && sheet === undefined)
      this.notes.push({
        kind: 'guessed',
        code: 'sheet',
        message: `sheet "${name}" is read, not ${others.join(', ')}`,
        option: 'sheet',
      });
    const rows = all
      .map((row) => row.map(wholeSecond))
      .filter((row) => row.some((cell) => cell !== null && cell !== ''));
    const [first, ...rest] = rows;
    if (first === undefined)
      throw new DatasetError('malformed', 'readTable: a table must have rows, got an empty sheet.', {
        file: path,
      });
    const texts = (row: readonly unknown[]) => row.map((cell) => (cell === null ? '' : String(cell)));
    const hasHeader =
      typeof header === 'boolean'
        ? header
        : header === undefined && isHeader(texts(first), rest.slice(0, 500).map(texts));
    const names = Array.isArray(header)
      ? (header as readonly string[])
      : namesOf(hasHeader ? texts(first) : first.map(() => ''));
    this.#columns.declare(names);
    for (const row of hasHeader ? rest : rows) this.#columns.addRow(names, row);
  }
}

/** Workbooks count days in floating point: what is a hair before a second is that second. */
function wholeSecond(cell: unknown): unknown {
  return cell instanceof Date ? new Date(Math.round(cell.getTime() / 1000) * 1000) : cell;
}
