import { DatasetError } from '../errors.js';
import type { DataFiles } from '../files.js';
import { namesText } from '../folders/class-names.js';
import { readTextTable } from '../formats/text-table.js';
import type { DataNote } from '../notes.js';
import { walk } from '../walk.js';
import type { CountMatrix } from './count-matrix.js';
import type { CountOptions } from './count-options.js';
import { memberPaths } from './member-paths.js';
import { SparseBuilder } from './sparse-matrix.js';

/**
 * @internal A plain table of counts: a row for each sample and a column for each gene, or turned. Names stand in the
 * first column; other columns of words describe the samples.
 */
export async function readCountTable(
  files: DataFiles,
  options: CountOptions & { readonly format: 'csv' | 'tsv' },
): Promise<CountMatrix> {
  const { format, limits = {}, onEvent = () => {}, signal } = options;
  const file = chooseTable(await memberPaths(files, options), options);
  let table: TableReader | undefined;
  let waiting: string[][] = []; // a long first line may come alone
  for await (const member of walk(files, { limits, onEvent, signal })) {
    if (member.path !== file) continue;
    const delimiter = format === 'csv' ? ',' : '\t';
    const reading = { delimiter, columnCount: 'any', file, limits } as const;
    for await (const block of readTextTable(member.stream(), reading)) {
      signal?.throwIfAborted();
      waiting.push(...block);
      if (table === undefined && waiting.length > 1) {
        table = new TableReader(file, waiting, options);
        waiting = waiting.slice(1);
      }
      if (table === undefined) continue;
      for (const row of waiting) table.add(row);
      waiting = [];
    }
  }
  if (table === undefined) throw malformed('a table must have rows, got none', file);
  return table.finish(format);
}

function chooseTable(paths: readonly string[], { format, sampleSet }: CountOptions): string {
  const ending = format === 'csv' ? /\.(csv|data)$/i : /\.(tsv|tab|txt)$/i;
  const fitting = paths.filter((path) => ending.test(path));
  const tables = fitting.length === 0 && paths.length === 1 ? paths : fitting;
  const chosen =
    sampleSet === undefined
      ? tables
      : tables.filter((path) => path.replace(/\.[^.]*$/, '').endsWith(sampleSet));
  const [file] = chosen;
  if (file !== undefined && chosen.length === 1) return file;
  const got = tables.length === 0 ? namesText(paths) || 'none' : `${tables.length}: ${namesText(tables)}`;
  const remedy = tables.length > 1 ? ' Pass sampleSet: the name of one.' : '';
  throw new DatasetError(
    tables.length === 0 ? 'missing' : 'malformed',
    `fromCounts: one table of counts (.${format}) is needed, got ${got}.${remedy}`,
  );
}

/** Takes rows as they come; which columns are counts is settled by the first of them. */
class TableReader {
  readonly #file: string;
  readonly #options: CountOptions;
  /** Of the columns. */
  readonly #names: readonly string[];
  /** Whether the rows are genes. */
  readonly #turned: boolean;
  /** Whether the first column names the rows. */
  readonly #named: boolean;
  /** Columns of counts, by their places. */
  readonly #counted: readonly number[];
  /** What the other columns hold. */
  readonly #words: ReadonlyMap<number, string[]>;
  readonly #rowNames: string[] = [];
  readonly #entries = new SparseBuilder();
  rowCount = 0;

  constructor(file: string, [header = [], ...rows]: readonly string[][], options: CountOptions) {
    const { samples = 'auto', label, target } = options;
    const [first = []] = rows;
    // R writes no name above the names of its rows
    this.#names = first.length === header.length + 1 ? ['', ...header] : header;
    const rowNames = rows.map(([name = '']) => name);
    this.#file = file;
    this.#options = options;
    this.#turned = samples === 'columns' || (samples === 'auto' && areGenes(rowNames) && !areGenes(header));
    this.#named =
      this.#turned ||
      this.#names[0] === '' ||
      !rowNames.every(isCount) ||
      /^(id|index|sample|cell|barcode)/i.test(this.#names[0] ?? '');
    const columns = Array.from(this.#names.keys()).slice(this.#named ? 1 : 0);
    const isWord = (at: number) => {
      const name = this.#names[at] as string;
      return !this.#turned && (name === label || name === target || !isCount(first[at] ?? ''));
    };
    this.#counted = columns.filter((at) => !isWord(at));
    this.#words = new Map(columns.filter(isWord).map((at) => [at, []]));
  }

  add(row: readonly string[]): void {
    const record = this.rowCount + 2;
    if (row.length !== this.#names.length) {
      const message = `fromCounts: every row must have ${this.#names.length} fields, got ${row.length}.`;
      throw new DatasetError('malformed', message, { file: this.#file, record });
    }
    if (this.#named) this.#rowNames.push(row[0] as string);
    for (const [at, values] of this.#words) values.push(row[at] as string);
    for (const [place, at] of this.#counted.entries()) {
      const text = row[at] as string;
      if (!isCount(text)) throw this.#notACount(text, this.#names[at] as string, record);
      const value = Number(text);
      if (value === 0) continue;
      if (this.#turned) this.#entries.add(place, this.rowCount, value);
      else this.#entries.add(this.rowCount, place, value);
    }
    this.rowCount++;
  }

  #notACount(text: string, column: string, record: number): DatasetError {
    const remedy = this.#turned ? " If the rows are samples, pass samples: 'rows'." : '';
    const message = `fromCounts: every count must be a number, got ${JSON.stringify(text)} in the column ${JSON.stringify(column)}.${remedy}`;
    return new DatasetError('malformed', message, { file: this.#file, record });
  }

  finish(format: 'csv' | 'tsv'): CountMatrix {
    const across = this.#counted.map((at) => this.#names[at] as string);
    const down = this.#named ? this.#rowNames : undefined;
    const genes = this.#turned ? down : across;
    const [samples, sampleCount, geneCount] = this.#turned
      ? [across, across.length, this.rowCount]
      : [down, this.rowCount, across.length];
    if (geneCount === 0 || sampleCount === 0)
      throw malformed('a table of counts must have columns of numbers, got none', this.#file);
    const columns = [...this.#words].map(([at, values]) => ({ name: this.#names[at] as string, values }));
    return {
      format,
      file: this.#file,
      matrix: this.#entries.finish(sampleCount, geneCount),
      genes: genes && { names: genes, ids: genes },
      samples,
      about: { file: this.#file, columns },
      notes: this.#notes(),
    };
  }

  #notes(): DataNote[] {
    const notes: DataNote[] = [];
    const { samples = 'auto', label, target } = this.#options;
    if (this.#turned && samples === 'auto') {
      const message = 'The rows are genes, as their names say, and the columns samples.';
      notes.push({ kind: 'guessed', code: 'genes-in-rows', message, option: 'samples' });
    }
    const others = [...this.#words.keys()].map((at) => this.#names[at] as string);
    const unread = others.filter((name) => name !== label && name !== target);
    if (unread.length > 0) {
      const message = `Columns that do not begin with a number are not counts: ${namesText(unread)}.`;
      notes.push({ kind: 'left-out', code: 'other-columns', message, option: 'label' });
    }
    return notes;
  }
}

function isCount(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

/** Whether most are Ensembl's identifiers of genes. */
function areGenes(names: readonly string[]): boolean {
  const genes = names.filter((name) => /^ENS[A-Z]*G\d{6,}/.test(name));
  return names.length > 0 && 2 * genes.length > names.length;
}

function malformed(what: string, file: string): DatasetError {
  return new DatasetError('malformed', `fromCounts: ${what}.`, { file });
}
