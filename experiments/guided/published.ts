import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExperimentModule } from '../experiment.js';
import { type Budget, type ComparisonResult, compare, type Study, tableOf } from './comparison.js';

/** What a guided transfer experiment writes. */
export interface PublishedResult extends ComparisonResult {
  name: string;
  seed: number;
  /** True if run with `--quick`, which proves nothing. */
  quick: boolean;
  budget: Budget;
  seconds: number;
}

/** The `run` of an experiment whose studies are compared arm by arm. */
export function experiment(name: string, full: Budget, studies: () => Study[]): ExperimentModule['run'] {
  return async ({ seed, quick, out, output }) => {
    const started = performance.now();
    const budget = quick ? { seeds: 2, validationTasks: 3, testTasks: 5 } : full;
    const result = await compare(studies(), budget, seed, (text) => {
      output.signal.throwIfAborted();
      output.note(`${name}: ${text}`);
    });
    const seconds = Math.round((performance.now() - started) / 1000);
    const published: PublishedResult = { name, seed, quick, budget, seconds, ...result };
    await mkdir(out, { recursive: true });
    const path = join(out, `${name}.json`);
    await writeFile(`${path}.tmp`, `${JSON.stringify(published, null, 2)}\n`);
    await rename(`${path}.tmp`, path);
    output.note(`\n${tableOf(result)}`);
    return published;
  };
}
