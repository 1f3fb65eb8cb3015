import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Rows, readRows } from '@warmstart/transfer';
import type { LabelCount, TableReference } from './reference.js';

/**
 * A table of this folder as rows, in which only the rows of one draw and the test rows have a label: what a person has
 * who labelled that many.
 */
export function rowsOfDraw(
  name: string,
  { task, draws }: TableReference,
  labels: LabelCount,
  seed: number,
): Promise<Rows> {
  const text = tableText(name);
  const drawn = labels === 'all' ? undefined : new Set(draws[seed]?.slice(0, Number(labels)));
  const file = new File([drawn ? withLabelsOf(text, drawn) : text], `${name}.csv`);
  return readRows(file, { label: 'label', splitColumn: 'split', task });
}

function tableText(name: string): string {
  return gunzipSync(readFileSync(new URL(`./data/${name}.csv.gz`, import.meta.url))).toString();
}

/** Empties the label of every row that is neither drawn nor a test row. No cell of these tables is quoted. */
function withLabelsOf(text: string, drawn: ReadonlySet<number>): string {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const label = header.split(',').indexOf('label');
  const kept = lines.map((line, row) => {
    if (drawn.has(row) || line.endsWith(',test')) return line;
    const cells = line.split(',');
    cells[label] = '';
    return cells.join(',');
  });
  return [header, ...kept].join('\n');
}
