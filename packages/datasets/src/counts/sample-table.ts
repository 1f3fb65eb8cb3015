import { DatasetError } from '../errors.js';
import type { Member } from '../formats/member.js';
import { readTextTable } from '../formats/text-table.js';
import type { Limits } from '../limits.js';
import type { DataNote } from '../notes.js';
import type { CountMatrix, SampleTable } from './count-matrix.js';
import type { CountOptions } from './count-options.js';

/** @internal A table that may describe samples, one row each, as words. */
export async function readSampleTable(member: Member, limits: Partial<Limits>): Promise<SampleTable> {
  const bytes = await member.bytes();
  const delimiter = delimiterOf(bytes);
  const rows: string[][] = [];
  const stream = (async function* () {
    yield bytes;
  })();
  const reading = { delimiter, columnCount: 'any', file: member.path, limits } as const;
  for await (const block of readTextTable(stream, reading)) for (const row of block) rows.push(row);
  const [header = [], ...body] = rows;
  // R names no column for the names of its rows
  const names = body[0]?.length === header.length + 1 ? ['', ...header] : header;
  const columns = names.map((name, at) => ({ name, values: body.map((row) => (row[at] ?? '').trim()) }));
  return { file: member.path, columns };
}

/** Whichever of tab, semicolon and comma the first line has most of. */
function delimiterOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(10);
  const line = new TextDecoder('latin1').decode(
    bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, 65_536)),
  );
  const count = (delimiter: string) => line.split(delimiter).length;
  return ['\t', ';', ','].reduce((best, one) => (count(one) > count(best) ? one : best), ',');
}

/** A table whose rows are those of the samples, in their order. */
interface JoinedTable {
  readonly table: SampleTable | undefined;
  readonly notes: readonly DataNote[];
}

/**
 * @internal Finds each sample's row in the tables beside a matrix, by its name: by any sample, not only the first, and
 * without the `-1` that 10x Genomics puts behind barcodes where that finds more.
 *
 * @throws DatasetError `missing` where a label or target was asked for and no table knows the samples
 */
export function joinSamples(counts: CountMatrix, options: CountOptions): JoinedTable {
  if (counts.about !== undefined) return { table: counts.about, notes: [] };
  const { samples = [], tables = [] } = counts;
  const joins = tables.flatMap((table) => joinsOf(table, samples)).sort((a, b) => b.matched - a.matched);
  const [best] = joins;
  if (best === undefined || best.matched === 0) {
    refuseUnknown(counts, options);
    return { table: undefined, notes: unmatchedNotes(tables, samples) };
  }
  const { table, rows, key, matched, trimmed } = best;
  const columns = table.columns
    .filter((_, at) => at !== key)
    .map(({ name, values }) => ({ name, values: Array.from(rows, (row) => values[row] ?? '') }));
  const message = `${matched} of ${samples.length} samples are described in ${table.file}${trimmed ? ', found without the -1 behind their barcodes' : ''}.`;
  return {
    table: { file: table.file, columns },
    notes: [{ kind: 'found', code: 'sample-table', message, option: 'cellTable' }],
  };
}

interface Join {
  readonly table: SampleTable;
  /** Which column holds the samples' names. */
  readonly key: number;
  /** For each sample its row; −1 for none. */
  readonly rows: Int32Array;
  readonly matched: number;
  readonly trimmed: boolean;
}

function joinsOf(table: SampleTable, samples: readonly string[]): Join[] {
  return table.columns.flatMap(({ values }, key) =>
    [false, true].map((trimmed) => {
      const nameOf = (name: string) => (trimmed ? name.replace(/-\d+$/, '') : name);
      const places = new Map<string, number>();
      for (const [row, value] of values.entries()) {
        const name = nameOf(value);
        places.set(name, places.has(name) ? -1 : row); // one name for two rows names neither
      }
      const rows = Int32Array.from(samples, (name) => places.get(nameOf(name)) ?? -1);
      const matched = rows.reduce((sum, row) => sum + (row >= 0 ? 1 : 0), 0);
      const unique = !trimmed || new Set(samples.map(nameOf)).size === samples.length;
      return { table, key, rows, matched: unique ? matched : 0, trimmed };
    }),
  );
}

function unmatchedNotes(tables: readonly SampleTable[], samples: readonly string[]): DataNote[] {
  return tables.map(({ file, columns }) => ({
    kind: 'left-out',
    code: 'unmatched-table',
    message: `${file} names none of the samples (${samples[0] ?? 'they have no names'}; it has ${columns[0]?.values[0] ?? 'no rows'}) and is not read.`,
    option: 'cellTable',
  }));
}

function refuseUnknown({ file, samples, tables = [] }: CountMatrix, { label, target }: CountOptions): void {
  const wanted = label ?? target;
  if (wanted === undefined || wanted === null) return;
  const has =
    tables.length === 0
      ? 'there is none'
      : `${tables[0]?.file} has ${JSON.stringify(tables[0]?.columns[0]?.values[0] ?? 'no rows')}`;
  const message =
    `fromCounts: the column ${JSON.stringify(wanted)} needs a table beside the matrix (.csv or .tsv) with a column of the ` +
    `samples' names, such as ${JSON.stringify(samples?.[0] ?? 'those of barcodes.tsv, which is missing')}; ${has}.`;
  throw new DatasetError('missing', message, { file });
}
