import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PretrainedEncoder } from '@warmstart/transfer';
import { startWasm } from '../apps/trainer/src/engine.js';
import type { ExperimentOptions } from './experiment.js';
import { markdownOf, type TableRow, tableRows } from './tables/bounds.js';
import { encoderOf, type MeasuredDraw, measureDraw } from './tables/measure-draw.js';
import { type LabelCount, labelCounts, readReference, type TableReference } from './tables/reference.js';

/** Small tables of every kind, for `--quick`. */
const quickTables = ['iris', 'breast-cancer', 'noise', 'diabetes'];

/**
 * The default fine-tuning against scikit-learn on the same rows: every table of `tables/`, with 20, 200 and all
 * labels, five draws each.
 *
 * Each draw is kept in `<out>/tables/`, so an interrupted run continues.
 */
export async function run({ quick, out, output }: ExperimentOptions): Promise<unknown> {
  const { backend } = await startWasm();
  const plan = quick
    ? { steps: 200, seeds: [0], labels: ['20'] as LabelCount[] }
    : { steps: 500, seeds: [0, 1, 2, 3, 4], labels: ['20', '200', 'all'] as LabelCount[] };
  const { versions, tables } = readReference();
  const rows: TableRow[] = [];
  for (const [name, reference] of Object.entries(tables)) {
    if (quick && !quickTables.includes(name)) continue;
    const measured = await measureTable(name, reference, { ...plan, out, output });
    const own = tableRows(name, reference, measured);
    output.note(`\n${markdownOf(own)}\n`);
    rows.push(...own);
  }
  output.note(`\n${markdownOf(rows)}\n`);
  const result = { experiment: 'tables', quick, plan, versions, backend, rows };
  write(join(out, 'tables.json'), result);
  return result;
}

interface Plan extends Pick<ExperimentOptions, 'out' | 'output'> {
  /** Of pre-training. */
  steps: number;
  seeds: readonly number[];
  labels: readonly LabelCount[];
}

async function measureTable(
  name: string,
  reference: TableReference,
  { steps, seeds, labels, out, output }: Plan,
): Promise<Map<LabelCount, MeasuredDraw[]>> {
  const { signal } = output;
  const folder = join(out, 'tables');
  mkdirSync(folder, { recursive: true });
  let encoder: PretrainedEncoder | undefined;
  const measured = new Map<LabelCount, MeasuredDraw[]>();
  for (const count of labelCounts(reference).filter((one) => labels.includes(one))) {
    const draws: MeasuredDraw[] = [];
    for (const seed of seeds) {
      signal.throwIfAborted();
      const file = join(folder, `${name}-${count}-${seed}-${steps}-steps.json`);
      let draw = readKept(file);
      if (!draw) {
        encoder ??= await encoderOf(name, reference, { steps, signal });
        draw = await measureDraw(name, reference, { labels: count, seed, encoder, signal });
        write(file, draw);
      }
      output.note(`${name}, ${count} labels, seed ${seed}: ${draw.chosen}, ${draw.seconds.toFixed(0)} s`);
      draws.push(draw);
    }
    measured.set(count, draws);
  }
  return measured;
}

function readKept(file: string): MeasuredDraw | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as MeasuredDraw; // written by this file
  } catch {
    return undefined;
  }
}

function write(file: string, content: unknown): void {
  writeFileSync(`${file}.tmp`, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
}
