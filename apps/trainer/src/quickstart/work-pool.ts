import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import Tinypool from 'tinypool';
import type { Job, JobOutcome, PretrainJob } from './jobs.js';

/** Runs the quickstart's jobs on this machine's cores. */
export interface WorkPool {
  readonly workers: number;
  run<Kind extends Exclude<Job['kind'], 'pretrain'>>(
    job: Extract<Job, { kind: Kind }>,
  ): Promise<JobOutcome[Kind]>;
  pretrain(
    job: Omit<PretrainJob, 'kind' | 'port'>,
    onStep: (step: number, loss: number) => void,
  ): Promise<JobOutcome['pretrain']>;
  close(): Promise<void>;
}

/** @param signal - when aborted, the workers are ended and what they ran rejects with its reason */
export function openWorkPool(signal: AbortSignal): WorkPool {
  const workers = Math.max(1, availableParallelism());
  const pool = new Tinypool({
    filename: fileURLToPath(new URL('./quickstart-worker.js', import.meta.url)),
    runtime: 'worker_threads',
    minThreads: workers,
    maxThreads: workers,
    isolateWorkers: false,
  });
  // one listener for all jobs: a signal per job would add one for each that waits
  const stop = () => void pool.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const run = <Result>(job: Job, transferList: MessagePort[] = []): Promise<Result> =>
    pool.run(job, { transferList }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  return {
    workers,
    run: (job) => run(job),
    pretrain: (job, onStep) => {
      const { port1, port2 } = new MessageChannel();
      port1.on('message', ({ step, loss }) => onStep(step, loss));
      const done = run<JobOutcome['pretrain']>({ ...job, kind: 'pretrain', port: port2 }, [port2]);
      return done.finally(() => port1.close());
    },
    close: () => {
      signal.removeEventListener('abort', stop);
      return pool.destroy();
    },
  };
}
