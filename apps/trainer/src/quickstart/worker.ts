import { startWasm } from '../engine.js';
import type { Job, JobOutcome } from './jobs.js';
import { runProbe } from './probe-arm.js';
import type { Recipe } from './recipe.js';
import { prepareTable, type Table } from './table.js';
import { runTraining } from './train-arm.js';
import { labelledRows, pretrainTable, runHonest, scoutTable } from './verbs.js';

/** What a worker keeps between jobs: each data set is prepared once. */
const tables = new Map<string, Promise<Table>>();

/** Does one job of the quickstart in this thread. Everything random follows from the job's seed. */
export default async function work(job: Job): Promise<JobOutcome[Job['kind']]> {
  const engine = await startWasm();
  if (job.kind === 'engine') return engine;
  const { recipe, seed } = job;
  const table = await tableOf(recipe);
  switch (job.kind) {
    case 'pretrain':
    case 'scout': {
      const { port } = job;
      const onProgress = (done: number, loss?: number) => port.postMessage({ done, loss });
      const result =
        job.kind === 'pretrain'
          ? await pretrainTable(table, seed, onProgress)
          : await scoutTable(table, job.encoder, seed, onProgress);
      port.close();
      return result;
    }
    case 'probe':
      return runProbe(table, labelledRows(table, seed, job.draw), job.encoder);
    case 'train':
      return runTraining(table, labelledRows(table, seed, job.draw), job.arm, seed + job.draw);
    case 'honest':
      return runHonest(table, job.arm, seed, job.draw);
  }
}

function tableOf(recipe: Recipe): Promise<Table> {
  const known = tables.get(recipe.dataset) ?? prepareTable(recipe);
  tables.set(recipe.dataset, known);
  return known;
}
