import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { StateDict } from '@warmstart/shapes';
import Tinypool from 'tinypool';
import type { ScoutExecutor, ScoutOutcome } from './scout-job.js';

/** What {@link localPool} takes. */
export interface LocalPoolOptions {
  /**
   * A file of JavaScript, as `new URL('./train-scout.js', import.meta.url)`, whose default export trains one
   * scout: `(job) => Promise<StateDict>`. It is loaded once per worker; what it keeps at module level
   * (a backend, a data set) serves all scouts of that worker.
   */
  module: URL | string;
  /** Workers at a time, ≥ 1. Default: one a core. */
  workers?: number;
  /** `worker_threads` share a process; `child_process` keeps a crash to its own scout. Default `worker_threads`. */
  runtime?: 'worker_threads' | 'child_process';
}

/**
 * Runs scouts on this machine's cores. Node only. Jobs and results are copied between workers, never shared.
 *
 * @returns an executor for `scout`; `close()` ends its workers
 * @throws RangeError if `workers` is not an integer ≥ 1, or the module is not a file
 */
export function localPool<Subproblem>(
  options: LocalPoolOptions,
): ScoutExecutor<Subproblem> & { close(): Promise<void> } {
  const { module, workers = availableParallelism(), runtime = 'worker_threads' } = options;
  if (!Number.isInteger(workers) || workers < 1) {
    throw new RangeError(`localPool: workers must be an integer ≥ 1, got ${workers}.`);
  }
  const filename = fileOf(module);
  const pool = new Tinypool({
    filename,
    name: 'default',
    runtime,
    minThreads: 1,
    maxThreads: workers,
    serialization: 'advanced', // typed arrays and maps reach child processes whole
  });
  return {
    concurrency: workers,
    run: (job, { signal }) => pool.run(job, signal ? { signal } : {}) as Promise<StateDict | ScoutOutcome>,
    close: () => pool.destroy(),
  };
}

function fileOf(module: URL | string): string {
  const url = module instanceof URL ? module : new URL(module, 'file:///');
  if (url.protocol === 'file:')
    return module instanceof URL || module.startsWith('file:') ? fileURLToPath(url) : module;
  throw new RangeError(`localPool: module must be the URL of a file, got ${url.protocol} in ${url.href}.`);
}
