import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExperimentOptions } from '../experiment.js';
import { startWasm } from '../start-wasm.js';
import { encoderStore } from './encoder-store.js';
import { loadTable } from './load-table.js';
import { tableOf } from './markdown.js';
import { fullStudies, quickStudies, type SeedResult, type Study } from './plan.js';
import { runSeed } from './run-seed.js';
import { type DatasetSummary, mergeCounts, summarize } from './summary.js';
import type { Table } from './table.js';

/**
 * How much masked pre-training is worth when labels are few: every arm on the same draws, the same number of
 * rates, steps and penalties tried, the choice made on validation rows.
 *
 * Encoders and what each seed and number of labels gave are kept in `<out>/few-labels/`, so an interrupted
 * run continues.
 */
export async function run({ quick, out, output }: ExperimentOptions): Promise<unknown> {
  const studies = quick ? quickStudies : fullStudies;
  const backend = await startWasm();
  const folder = join(out, 'few-labels');
  mkdirSync(folder, { recursive: true });
  const summaries: DatasetSummary[] = [];
  for (const study of studies) {
    const seeds = await runStudy(study, folder, { tell: output.note, signal: output.signal });
    const summary = summarize(seeds);
    output.note(`\n${tableOf(summary)}\n`);
    summaries.push(summary);
  }
  const result = { experiment: 'few-labels', quick, studies, backend, datasets: summaries };
  writeFileSync(join(out, 'few-labels.json'), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

interface Tools {
  tell: (text: string) => void;
  signal: AbortSignal;
}

/** All seeds of a study, one number of labels after the other. */
export async function runStudy(study: Study, folder: string, tools: Tools): Promise<SeedResult[]> {
  const { dataset, encoder, plan } = study;
  const parts = new Map<number, SeedResult[]>();
  let table: Table | undefined;
  for (const labels of plan.labelCounts) {
    for (const seed of plan.pretrainSeeds) {
      const name = [dataset, encoder, seed, planKey(study)].join('-');
      const file = join(folder, `${name}-${labels}.json`);
      let result = readKept(file);
      if (result) tools.tell(`${dataset}, seed ${seed}, ${labels} labels: taken from ${file}`);
      else {
        table ??= { ...(await loadTable(dataset)), encoder };
        const kept = [dataset, encoder, seed, `${plan.pretrainSteps}-steps`].join('-');
        const pretrained = encoderStore(join(folder, kept));
        result = await runSeed(table, seed, { ...plan, labelCounts: [labels] }, { ...tools, pretrained });
        writeFileSync(file, JSON.stringify(result));
      }
      parts.set(seed, [...(parts.get(seed) ?? []), result]);
    }
  }
  return [...parts.values()].map(mergeCounts);
}

function readKept(file: string): SeedResult | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SeedResult; // written by this file, under this plan's key
  } catch {
    return undefined;
  }
}

/** Results of another plan are not mixed in. */
function planKey({ plan: { labelCounts: _, pretrainSeeds: __, ...rest } }: Study): string {
  let hash = 5381;
  for (const character of JSON.stringify(rest)) hash = (Math.imul(hash, 33) + character.charCodeAt(0)) | 0;
  return (hash >>> 0).toString(36);
}
