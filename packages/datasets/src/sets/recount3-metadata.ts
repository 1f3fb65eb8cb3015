import type { ReadOptions } from '../definition.js';
import type { DataFiles } from '../files.js';
import { readTextTable } from '../formats/text-table.js';
import { walk } from '../walk.js';

export interface MetadataTable {
  readonly names: readonly string[];
  readonly rows: readonly ReadonlyMap<string, string>[];
}

/** What scaling needs to know about a sample; NaN where its metadata do not say. */
export interface SampleMetadata {
  /** Summed coverage of all reads over all bases. */
  readonly auc: number;
  readonly mappedReads: number;
  /** Average mapped length, of both mates together. */
  readonly readLength: number;
  /** 1 if reads come in pairs, else 0. */
  readonly pairedEnd: number;
}

/**
 * All metadata tables found, joined on rail_id, external_id and study.
 * Quotes and `#` are letters like any other; names are lower case, and those of old files brought up to date.
 */
export async function readMetadata(files: DataFiles, options: ReadOptions): Promise<MetadataTable> {
  const names = new Set<string>();
  const rows = new Map<string, Map<string, string>>();
  for await (const member of walk(files, options)) {
    if (!/\.MD$/.test(member.path)) continue;
    let header: string[] | undefined;
    const table = readTextTable(member.stream(), {
      delimiter: '\t',
      quote: null,
      file: member.path,
      limits: options.limits,
    });
    for await (const block of table) {
      header ??= (block.shift() ?? []).map(currentName);
      for (const name of header) names.add(name);
      for (const fields of block) addRow(rows, header, fields);
    }
  }
  return { names: [...names], rows: [...rows.values()] };
}

function currentName(name: string): string {
  const lower = name.toLowerCase();
  return lower === 'study_acc' ? 'study' : lower === 'run_acc' ? 'external_id' : lower;
}

function addRow(
  rows: Map<string, Map<string, string>>,
  header: readonly string[],
  fields: readonly string[],
): void {
  const entries = header.map((name, i) => [name, fields[i] ?? 'NA'] as const);
  const values = new Map(entries);
  const key = [values.get('rail_id'), values.get('external_id'), values.get('study')].join('\t');
  const known = rows.get(key);
  if (known === undefined) rows.set(key, values);
  else for (const [name, value] of entries) if (!known.has(name)) known.set(name, value);
}

/** By external_id. */
export function sampleMetadata({ rows }: MetadataTable): Map<string, SampleMetadata> {
  const number = (value: string | undefined) =>
    value === undefined || value === 'NA' || value === '' ? Number.NaN : Number(value);
  return new Map(
    rows.map((row) => [
      row.get('external_id') ?? '',
      {
        auc: number(row.get('bc_auc.all_reads_all_bases')),
        mappedReads: number(row.get('star.all_mapped_reads')),
        readLength: number(row.get('star.average_mapped_length')),
        pairedEnd: isPaired(row),
      },
    ]),
  );
}

/** As recount3 tells: 2 if mapped pairs are twice as long as a read, 1 if they are as long; else the archive's word. */
function isPaired(row: ReadonlyMap<string, string>): number {
  const mates = Math.round(Number(row.get('star.average_mapped_length')) / Number(row.get('avg_len')));
  if (mates === 1 || mates === 2) return mates - 1;
  const layout = row.get('library_layout')?.toLowerCase() ?? '';
  return layout.startsWith('paired') ? 1 : layout.startsWith('single') ? 0 : Number.NaN;
}
