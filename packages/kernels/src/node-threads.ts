import { Worker } from 'node:worker_threads';
import type { Threads } from './wasm/threads.js';

/**
 * Worker threads for `installKernels(tf, { threads: nodeThreads(n) })`. They do not keep the process alive.
 *
 * @param count threads in all, the calling one included.
 */
export function nodeThreads(count: number): Threads {
  return {
    count,
    async start(program, workerData) {
      const source =
        "const { parentPort, workerData } = require('node:worker_threads');" +
        `(${program})(workerData, () => parentPort.postMessage('ready'));`;
      const worker = new Worker(source, { eval: true, workerData });
      await new Promise<void>((resolve, reject) => {
        worker.once('message', () => resolve());
        worker.once('error', reject);
      });
      worker.unref();
    },
  };
}
