import { CompileError } from './compile-error.js';
import type { TensorValues } from './recording.js';

/** The release of onnxruntime-node whose numbers were tested. */
export const ONNX_RUNTIME_VERSION = '1.30.0';

/** The part of onnxruntime-node used here. */
export interface OnnxRuntime {
  Tensor: new (type: string, data: TensorValues, shape: readonly number[]) => unknown;
  InferenceSession: {
    create(model: Uint8Array, options: Record<string, unknown>): Promise<OnnxSession>;
  };
  env: { versions: { node?: string; common: string } };
}

/** One loaded graph. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  run(feeds: Record<string, unknown>, fetches: Record<string, unknown>): Promise<unknown>;
  release(): Promise<void>;
}

/**
 * Loads onnxruntime-node.
 *
 * @param load - imports it; given by tests
 * @throws CompileError `engine-missing` with the line that installs it
 */
export async function loadOnnxRuntime(load: () => Promise<unknown> = importRuntime): Promise<OnnxRuntime> {
  let loaded: unknown;
  try {
    loaded = await load();
  } catch (cause) {
    const reason = String(cause instanceof Error ? cause.message : cause).split('\n')[0];
    throw missing(`it does not load here (${reason})`, cause);
  }
  const runtime = ((loaded as { default?: OnnxRuntime }).default ?? loaded) as OnnxRuntime;
  const version = runtime.env?.versions?.node;
  if (version !== ONNX_RUNTIME_VERSION) throw missing(`version ${version ?? 'unknown'} is installed`);
  return runtime;
}

function importRuntime(): Promise<unknown> {
  if (typeof process === 'undefined' || !process.versions?.node) {
    return Promise.reject(new Error('compiled steps run in Node only'));
  }
  const name = 'onnxruntime-node'; // kept from bundlers: browsers have no use for it
  return import(/* @vite-ignore */ name);
}

function missing(what: string, cause?: unknown): CompileError {
  return new CompileError(
    'engine-missing',
    `compileStep: onnxruntime-node must be version ${ONNX_RUNTIME_VERSION}, but ${what}. ` +
      `Run: npm install --ignore-scripts onnxruntime-node@${ONNX_RUNTIME_VERSION}`,
    { cause },
  );
}

/** Threads to use where none are asked for: all cores on the main thread, one in a worker. */
export function defaultThreads(): number {
  const { isMainThread } = process.getBuiltinModule('node:worker_threads');
  return isMainThread ? process.getBuiltinModule('node:os').availableParallelism() : 1;
}
