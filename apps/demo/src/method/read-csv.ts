import { readTextTable } from '@warmstart/datasets';
import { bytesOf } from './file-bytes.js';

/** A CSV file, column by column. */
export interface CsvColumns {
  rowCount: number;
  /** columns of numbers; a missing value is NaN */
  numbers: { name: string; values: Float32Array; missing: number }[];
  /** all other columns */
  texts: { name: string; values: string[] }[];
}

const mostBytes = 64 * 2 ** 20;
const missingMarks = new Set(['', 'na', 'nan', 'null', '?', 'n/a']);

/**
 * Reads a CSV or TSV file with names in its first line. A column is one of numbers if all that is in it is a number or
 * missing.
 *
 * @throws Error in plain words if that gives no table
 */
export async function readCsv(file: Blob, name: string): Promise<CsvColumns> {
  if (file.size > mostBytes) {
    const size = Math.round(file.size / 2 ** 20);
    throw new Error(
      `${name} has ${size} MB; this page takes up to 64 MB. Use the command line for larger tables.`,
    );
  }
  const rows = await rowsOf(file, name);
  const [header, ...body] = rows;
  if (!header || body.length === 0) throw new Error(`${name} has no rows below its first line of names.`);
  const columns = header.map((title, column) => ({
    name: title.trim() || `column ${column + 1}`,
    texts: body.map((row) => (row[column] ?? '').trim()),
  }));
  const result: CsvColumns = { rowCount: body.length, numbers: [], texts: [] };
  for (const { name: title, texts } of columns) {
    const numbers = numbersFrom(texts);
    if (numbers) result.numbers.push({ name: title, ...numbers });
    else result.texts.push({ name: title, values: texts });
  }
  return result;
}

async function rowsOf(file: Blob, name: string): Promise<string[][]> {
  const bytes = bytesOf(file, name);
  const first = await bytes.next();
  if (first.done) throw new Error(`${name} is empty.`);
  const start = first.value;
  if (start.subarray(0, 4096).includes(0)) {
    throw new Error(
      `${name} is no table of text: it holds zero bytes. Weights of a model are opened under Checkpoints.`,
    );
  }
  const delimiter = delimiterIn(new TextDecoder().decode(start.subarray(0, 65536)));
  const rows: string[][] = [];
  for await (const block of readTextTable(joined(start, bytes), { delimiter, file: name }))
    rows.push(...block);
  return rows;
}

async function* joined(start: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield start;
  yield* rest;
}

/** Whatever divides the first line most often. */
function delimiterIn(start: string): string {
  const end = start.search(/[\r\n]/);
  const firstLine = end < 0 ? start : start.slice(0, end);
  const counts = [',', '\t', ';'].map((delimiter) => ({
    delimiter,
    count: firstLine.split(delimiter).length,
  }));
  counts.sort((left, right) => right.count - left.count);
  return counts[0]?.delimiter ?? ',';
}

function numbersFrom(texts: readonly string[]): { values: Float32Array; missing: number } | undefined {
  const values = new Float32Array(texts.length);
  let missing = 0;
  for (const [row, text] of texts.entries()) {
    const isMissing = missingMarks.has(text.toLowerCase());
    const value = isMissing ? Number.NaN : Number(text);
    if (!isMissing && !Number.isFinite(value)) return undefined;
    if (isMissing) missing++;
    values[row] = value;
  }
  return missing === texts.length ? undefined : { values, missing };
}
