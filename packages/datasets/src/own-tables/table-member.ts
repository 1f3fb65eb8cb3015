import { ByteReader } from '../formats/byte-reader.js';
import type { Member } from '../formats/member.js';
import type { CellReadOptions } from '../tables/cells.js';
import { restOf } from '../tables/number-csv.js';
import type { TableFormat, TableMember } from './table-reader.js';

const sampleBytes = 262_144;

/** Looks at the beginning of a file: what it holds says more than its name. */
export async function openMember(member: Member, reading: CellReadOptions): Promise<TableMember> {
  const reader = new ByteReader(member.stream());
  const there = await reader.ensure(sampleBytes);
  const start = reader.peek(there).slice();
  return {
    path: member.path,
    format: formatOf(start, member.path),
    start,
    isWhole: there < sampleBytes,
    reading,
    stream: () => restOf(reader),
  };
}

function formatOf(start: Uint8Array, path: string): TableFormat {
  const text = new TextDecoder('latin1')
    .decode(start.subarray(0, 256))
    .replace(/^\u00EF\u00BB\u00BF/, '')
    .trimStart();
  if (text.startsWith('PAR1')) return 'parquet';
  if (text.startsWith('PK\u0003\u0004')) return 'xlsx';
  if (/\.(json|jsonl|ndjson)(\.gz)?$/i.test(path) && /^[[{]/.test(text)) return 'jsonl';
  if (/^(?:\[\s*(?:\{|$|\])|\{\s*")/.test(text) && !/\.(csv|tsv|tab|data)(\.gz)?$/i.test(path))
    return 'jsonl';
  return /\.(tsv|tab)(\.gz)?$/i.test(path) ? 'tsv' : 'csv';
}
