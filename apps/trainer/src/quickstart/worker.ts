import { startWasm } from '../engine.js';
import { labelledRows } from './draws.js';
import type { Job, JobOutcome } from './jobs.js';
import { pretrain } from './pretrain.js';
import { runProbe } from './probe-arm.js';
import type { Recipe } from './recipe.js';
import { prepareTable, type Table } from './table.js';
import { runTraining } from './train-arm.js';
import { trainScout } from './train-scout.js';

/** What a worker keeps between jobs: each data set is prepared once. */
const tables = new Map<string, Promise<Table>>();

/** Does one job of the quickstart in this thread. Everything random follows from the job's seed. */
export default async function work(job: Job): Promise<JobOutcome[Job['kind']]> {
  const engine = await startWasm();
  if (job.kind === 'engine') return engine;
  const { recipe, seed } = job;
  const table = await tableOf(recipe, seed);
  switch (job.kind) {
    case 'pretrain': {
      const { port } = job;
      const result = await pretrain(recipe, table, seed, (step, loss) => port.postMessage({ step, loss }));
      port.close();
      return result;
    }
    case 'scout':
      return trainScout(table, job.scout);
    case 'probe':
      return runProbe(table, labelledRows(table, seed, job.draw), job.encoder);
    case 'train':
      return runTraining(table, labelledRows(table, seed, job.draw), job.arm, seed + job.draw);
  }
}

function tableOf(recipe: Recipe, seed: number): Promise<Table> {
  const key = `${recipe.dataset} ${seed}`;
  const known = tables.get(key) ?? prepareTable(recipe, seed);
  tables.set(key, known);
  return known;
}
