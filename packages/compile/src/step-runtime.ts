import { CompileError } from './compile-error.js';
import { defaultThreads, loadOnnxRuntime, type OnnxRuntime } from './onnx-runtime.js';
import type { CompileOptions } from './step-options.js';
import { tensorMemory } from './tensor-memory.js';

/** What a step's native graphs are made with. */
export interface GraphSettings {
  readonly runtime: OnnxRuntime;
  readonly threads: number;
  readonly tolerance: number;
  readonly checkEvery: number;
  /** Another graph of this step was made before. */
  readonly recompiled: boolean;
  readonly onEvent: NonNullable<CompileOptions['onEvent']>;
}

/** ONNX Runtime for one step, until something cannot be compiled: TensorFlow.js from then on. */
export class StepRuntime {
  readonly #options: CompileOptions;
  #runtime: OnnxRuntime | undefined;

  private constructor(options: CompileOptions) {
    this.#options = options;
  }

  /**
   * Finds out whether anything can be compiled here.
   *
   * @throws CompileError `engine-missing` or `backend-unsupported` under `compile: 'always'`
   */
  static async start(options: CompileOptions): Promise<StepRuntime> {
    const started = new StepRuntime(options);
    if (options.compile === 'never') return started;
    try {
      tensorMemory();
      started.#runtime = await loadOnnxRuntime(options.loadRuntime);
    } catch (error) {
      await started.giveUp(error);
    }
    return started;
  }

  /** Whether steps still run as native graphs. */
  get isNative(): boolean {
    return this.#runtime !== undefined;
  }

  /** @throws Error once it has given up */
  settings(recompiled: boolean): GraphSettings {
    const {
      threads = defaultThreads(),
      tolerance = 0.05,
      checkEvery = 500,
      onEvent = () => {},
    } = this.#options;
    if (!this.#runtime)
      throw new Error('StepRuntime: graphs are made while it is native. Ask isNative first.');
    return { runtime: this.#runtime, threads, tolerance, checkEvery, recompiled, onEvent };
  }

  /**
   * From now on everything runs in TensorFlow.js, or, if that was ruled out, nothing.
   *
   * @throws whatever is not a `CompileError`, and anything under `compile: 'always'`
   */
  async giveUp(error: unknown): Promise<void> {
    if (!(error instanceof CompileError) || this.#options.compile === 'always') throw error;
    this.#runtime = undefined;
    await this.#options.onEvent?.({ type: 'step-eager', reason: error.message });
  }
}
