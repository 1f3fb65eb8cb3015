import { Worker } from 'node:worker_threads';
import { CheckpointError } from '../errors.js';

/** What one file may take of the processor's time: the clock tells more of how busy the machine is. */
const slowestMs = 2000;
const hangsAfterMs = 60_000;
/** By how much one file may raise the most memory that the process ever held. */
const mostMegabytes = 256;

/**
 * Runs cases, each of which must return or throw a CheckpointError, soon and within little memory. A loop that
 * never ends keeps this thread from noticing: another one ends the process then, and names the case.
 */
export class Watchdog {
  readonly #beat = new BigInt64Array(new SharedArrayBuffer(16));
  readonly #worker: Worker;

  constructor(what: string) {
    this.#worker = new Worker(guard, { eval: true, workerData: { beat: this.#beat, what, hangsAfterMs } });
    this.#worker.unref();
  }

  /** @returns what the case gave, or the code of its error */
  async watch<Result>(name: string, index: number, run: () => Promise<Result>): Promise<Result | string> {
    const peak = process.resourceUsage().maxRSS;
    const began = process.cpuUsage();
    Atomics.store(this.#beat, 1, BigInt(index));
    Atomics.store(this.#beat, 0, BigInt(Date.now()));
    const end = await run().catch((error: unknown) => {
      if (error instanceof CheckpointError) return error.code;
      throw new Error(`case ${index} of ${name}: ${String(error)}`, { cause: error });
    });
    Atomics.store(this.#beat, 0, 0n);
    const { user, system } = process.cpuUsage(began);
    const took = (user + system) / 1000;
    if (took > slowestMs) throw new Error(`case ${index} of ${name} took ${Math.round(took)} ms`);
    const grown = (process.resourceUsage().maxRSS - peak) / 1024;
    if (grown > mostMegabytes) throw new Error(`case ${index} of ${name} took ${Math.round(grown)} MB`);
    return end;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

const guard = `
const { workerData: { beat, what, hangsAfterMs } } = require('node:worker_threads');
setInterval(() => {
  const since = Number(Atomics.load(beat, 0));
  if (since === 0 || Date.now() - since < hangsAfterMs) return;
  process.stderr.write('case ' + Atomics.load(beat, 1) + ' of ' + what + ' hangs\\n', () =>
    process.kill(process.pid, 'SIGKILL'));
}, 1000);`;
