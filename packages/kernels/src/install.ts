import type { KernelBackend } from '@tensorflow/tfjs-core';
import { composedKernelNames, registerComposedKernels } from './composed/register.js';
import { type GradientRegistry, gradientNames, registerGradients } from './gradients/register.js';
import { type KernelChange, KernelReport } from './kernel-report.js';
import { optimizerKernelNames, registerOptimizerKernels } from './optimizer-kernels.js';
import type { KernelRegistry } from './replace-kernel.js';
import type { Heap } from './wasm/heap.js';
import { compileKernels } from './wasm/module.js';
import { heapOf, registerWasmKernels, useModule, wasmKernelNames } from './wasm/register.js';
import type { Threads } from './wasm/threads.js';

/** The tfjs release whose kernels these were tested against. */
export const TESTED_TFJS_VERSION = '4.22.0';

/** The caller's tfjs: `@tensorflow/tfjs` or `@tensorflow/tfjs-core`, as `import * as tf`. */
export interface Tfjs extends KernelRegistry, GradientRegistry {
  readonly version_core: string;
  engine(): { readonly registry: Readonly<Record<string, KernelBackend>> };
}

export interface InstallOptions {
  /** Kernel and gradient names to change; all, if not given. */
  only?: readonly string[];
  /** Names to leave as they are. */
  except?: readonly string[];
  /**
   * Round once per multiply-add where the engine can (default). `false` gives the same bits on every machine and
   * engine, and products that are up to a third slower.
   */
  fma?: boolean;
  /**
   * Threads for products, convolutions and their gradients on wasm: `pageThreads(n)`, or `nodeThreads(n)` of
   * `@warmstart/kernels/node`. The wasm backend must be in use, over shared memory. Results depend on the count in
   * the last bit.
   */
  threads?: Threads;
}

/**
 * Makes TensorFlow.js train: supplies the kernels and gradients it lacks, repairs those that are wrong, replaces those
 * that are slow. Works before or after `setBackend`, once per thread; calling it again changes the choice of kernels.
 * Kernels of the wasm backend bind to whichever wasm backend is in use.
 *
 * @returns what was changed, per kernel.
 * @throws {Error} if `tf` is another version than the one tested, or a name in `only` or `except` is not known.
 */
export async function installKernels(tf: Tfjs, options: InstallOptions = {}): Promise<KernelReport> {
  if (typeof tf?.version_core !== 'string') {
    throw new TypeError(
      'installKernels: tf must be TensorFlow.js, got something else. Pass the whole module, imported as `* as tf`.',
    );
  }
  if (typeof options.threads !== 'undefined' && typeof options.threads.start !== 'function') {
    throw new TypeError(
      'installKernels: threads must be pageThreads(n), or nodeThreads(n) of @warmstart/kernels/node, ' +
        `got ${typeof options.threads}.`,
    );
  }
  if (tf.version_core !== TESTED_TFJS_VERSION) {
    throw new Error(
      `installKernels: TensorFlow.js must be ${TESTED_TFJS_VERSION}, got ${tf.version_core}. ` +
        `Install @tensorflow/tfjs@${TESTED_TFJS_VERSION}, or a release of @warmstart/kernels tested with yours.`,
    );
  }
  const { only, except = [], fma = true } = options;
  const names = [...(only ?? []), ...except];
  const unknown = names.find((name) => !knownNames().includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `installKernels: only and except must name kernels or gradients that it knows, got "${unknown}". ` +
        'A full install reports all names.',
    );
  }
  const module = await compileKernels(fma);
  useModule(module);
  const wanted = (name: string): boolean => (only?.includes(name) ?? true) && !except.includes(name);
  const changes: KernelChange[] = [
    ...(tf.findBackendFactory('wasm') ? registerWasmKernels(tf, wanted) : []),
    ...registerComposedKernels(tf, wanted),
    ...registerOptimizerKernels(tf, wanted),
    ...registerGradients(tf, wanted),
  ];
  // not tf.findBackend, which would start it; bound now, so that running out of memory is a clear error
  const backend = tf.engine().registry.wasm;
  const heap = backend && heapOf(backend);
  if (options.threads && options.threads.count > 1) await requireHeap(heap).useThreads(options.threads);
  return new KernelReport(changes, module.fma);
}

function requireHeap(heap: Heap | undefined): Heap {
  if (heap) return heap;
  throw new Error(
    'installKernels: threads need the wasm backend, got none yet. Choose that backend first, and await it.',
  );
}

function knownNames(): string[] {
  return [...wasmKernelNames(), ...composedKernelNames(), ...optimizerKernelNames(), ...gradientNames()];
}
