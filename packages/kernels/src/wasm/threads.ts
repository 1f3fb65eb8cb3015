/** Starts helper threads: where they come from is the caller's, `pageThreads` or `nodeThreads`. */
export interface Threads {
  /** Threads in all, this one included. */
  count: number;
  /**
   * Runs `program`, the source of a function `(data, ready) => void`, in a new thread; resolves when it has called
   * `ready`.
   */
  start(program: string, data: unknown): Promise<void>;
}

/** A call of one exported kernel. */
export interface Task {
  kernel: string;
  args: readonly number[];
}

/** Per thread: a ticket, the ticket last done, and room for a kernel's number and arguments. */
const SLOT_BYTES = 512;
const ARGUMENTS_AT = 64;
const STOP = -1;
const FAILED = -2;

// Waits briefly by looking, as the next task is often microseconds away, then asleep.
const PROGRAM = `(data, ready) => {
  const kernels = new WebAssembly.Instance(data.module, { env: { memory: data.memory } }).exports;
  const flags = new Int32Array(data.control, data.slot, 2);
  const values = new Float64Array(data.control, data.slot + ${ARGUMENTS_AT}, 32);
  let seen = 0;
  ready();
  for (;;) {
    for (let looks = 0; Atomics.load(flags, 0) === seen; looks++) {
      if (looks > 20000) Atomics.wait(flags, 0, seen);
    }
    seen = Atomics.load(flags, 0);
    if (seen === ${STOP}) return;
    try {
      kernels[data.names[values[0]]](...values.subarray(2, 2 + values[1]));
      Atomics.store(flags, 1, seen);
    } catch {
      Atomics.store(flags, 1, ${FAILED});
    }
  }
}`;

/** Threads that wait for kernels to run over the same memory. */
export class ThreadPool {
  /** This thread included. */
  readonly count: number;
  readonly #names: readonly string[];
  readonly #control: SharedArrayBuffer;
  #ticket = 0;

  private constructor(count: number, names: readonly string[], control: SharedArrayBuffer) {
    this.count = count;
    this.#names = names;
    this.#control = control;
  }

  static async start(
    threads: Threads,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    names: readonly string[],
  ): Promise<ThreadPool> {
    const control = new SharedArrayBuffer(SLOT_BYTES * threads.count);
    const starts = Array.from({ length: threads.count - 1 }, (_, i) =>
      threads.start(PROGRAM, { module, memory, names, control, slot: (i + 1) * SLOT_BYTES }),
    );
    await Promise.all(starts);
    return new ThreadPool(threads.count, names, control);
  }

  /** Runs the first task here and the others beside it; returns when all are done. */
  run(tasks: readonly Task[], here: (task: Task) => void): void {
    this.#ticket = (this.#ticket % 0x7ffffffe) + 1;
    const [first, ...others] = tasks;
    const helpers = others.map((task, i) => this.#hand(task, i + 1));
    if (first) here(first);
    for (const flags of helpers) this.#await(flags);
  }

  stop(): void {
    for (let i = 1; i < this.count; i++) {
      const flags = new Int32Array(this.#control, i * SLOT_BYTES, 2);
      Atomics.store(flags, 0, STOP);
      Atomics.notify(flags, 0);
    }
  }

  #hand(task: Task, thread: number): Int32Array {
    const slot = thread * SLOT_BYTES;
    const values = new Float64Array(this.#control, slot + ARGUMENTS_AT, 32);
    values.set([this.#names.indexOf(task.kernel), task.args.length, ...task.args]);
    const flags = new Int32Array(this.#control, slot, 2);
    Atomics.store(flags, 0, this.#ticket);
    Atomics.notify(flags, 0);
    return flags;
  }

  #await(flags: Int32Array): void {
    for (;;) {
      const done = Atomics.load(flags, 1);
      if (done === this.#ticket) return;
      if (done === FAILED)
        throw new Error('wasm kernel: every thread must finish, got a trap in one. Report it.');
    }
  }
}

/**
 * Web workers for `installKernels(tf, { threads: pageThreads(n) })`, in pages that are cross-origin isolated.
 *
 * @param count threads in all, the page's own included.
 */
export function pageThreads(count: number): Threads {
  return {
    count,
    start(program, data) {
      const source = `onmessage = (event) => (${program})(event.data, () => postMessage('ready'));`;
      const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      const worker = new Worker(url);
      worker.postMessage(data);
      return new Promise<void>((resolve, reject) => {
        worker.onmessage = () => resolve();
        worker.onerror = ({ message }) =>
          reject(
            new Error(
              `pageThreads: a worker must start, got "${message}". Allow blob: workers in the page's policy.`,
            ),
          );
      }).finally(() => URL.revokeObjectURL(url));
    },
  };
}
