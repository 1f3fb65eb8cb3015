import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startWasm } from '../engine.js';
import type { ExperimentOptions } from '../experiments.js';
import { tableOf } from '../few-labels/markdown.js';
import { type FewLabelsPlan, fullPlan, quickPlan, type SeedResult } from '../few-labels/plan.js';
import { runSeed } from '../few-labels/run-seed.js';
import { type DatasetSummary, summarize } from '../few-labels/summary.js';
import { loadTable } from '../few-labels/table.js';

/**
 * How much masked pre-training is worth when labels are few: every arm on the same draws, the same number of
 * rates, steps and penalties tried, the choice made on validation rows.
 *
 * What each pre-training seed gave is kept in `<out>/few-labels/`, so an interrupted run continues.
 */
export async function run({ quick, out, terminal }: ExperimentOptions): Promise<unknown> {
  const plan = quick ? quickPlan : fullPlan;
  const { backend } = await startWasm();
  const summaries: DatasetSummary[] = [];
  for (const name of plan.datasets) {
    const seeds = await runSeeds(name, plan, join(out, 'few-labels'), {
      tell: terminal.note,
      signal: terminal.signal,
    });
    const summary = summarize(seeds);
    terminal.note(`\n${tableOf(summary)}\n`);
    summaries.push(summary);
  }
  const result = { experiment: 'few-labels', quick, plan, backend, datasets: summaries };
  writeFileSync(join(out, 'few-labels.json'), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

async function runSeeds(
  name: string,
  plan: FewLabelsPlan,
  folder: string,
  tools: { tell: (text: string) => void; signal: AbortSignal },
): Promise<SeedResult[]> {
  mkdirSync(folder, { recursive: true });
  const results: SeedResult[] = [];
  let table: Awaited<ReturnType<typeof loadTable>> | undefined;
  for (const seed of plan.pretrainSeeds) {
    const file = join(folder, `${name}-${seed}-${planKey(plan)}.json`);
    const kept = readKept(file);
    if (kept) {
      tools.tell(`${name}, seed ${seed}: taken from ${file}`);
      results.push(kept);
      continue;
    }
    table ??= await loadTable(name);
    const result = await runSeed(table, seed, plan, tools);
    writeFileSync(file, JSON.stringify(result));
    results.push(result);
  }
  return results;
}

function readKept(file: string): SeedResult | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SeedResult; // written by this file, under this plan's key
  } catch {
    return undefined;
  }
}

/** Results of another plan are not mixed in. */
function planKey({ datasets: _, pretrainSeeds: __, ...rest }: FewLabelsPlan): string {
  let hash = 5381;
  for (const character of JSON.stringify(rest)) hash = (Math.imul(hash, 33) + character.charCodeAt(0)) | 0;
  return (hash >>> 0).toString(36);
}
