import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { installKernels } from '@warmstart/kernels';

export type EngineChoice = 'auto' | 'webgpu' | 'wasm' | 'cpu';

/** What trains here, for people. */
export interface EngineFacts {
  backend: 'webgpu' | 'wasm' | 'cpu';
  title: string;
  /** why each engine before it was passed over, as sentences */
  reasons: string[];
}

/** In plain words why an engine cannot be used. */
class Unusable extends Error {}

/** The GPU went away: it was reset, unplugged, or its driver failed. What ran on it can never end. */
export class EngineLost extends Error {
  readonly code = 'engine-lost';
}

type OnLost = (error: EngineLost) => void;

const starters: Record<EngineFacts['backend'], (isForced: boolean, onLost: OnLost) => Promise<string>> = {
  webgpu: startWebGpu,
  wasm: startWasm,
  cpu: startCpu,
};

/**
 * Starts the fastest engine there is in this thread: WebGPU, WebAssembly with our kernels, plain JavaScript.
 *
 * @param choice - one engine and no other, or `auto`
 * @param onLost - called if the engine goes away later
 * @throws Error in plain words if nothing could be started
 */
export async function startEngine(choice: EngineChoice, onLost: OnLost): Promise<EngineFacts> {
  const order = choice === 'auto' ? (['webgpu', 'wasm', 'cpu'] as const) : [choice];
  const reasons: string[] = [];
  for (const backend of order) {
    try {
      const title = await starters[backend](choice !== 'auto', onLost);
      return { backend, title, reasons };
    } catch (error) {
      reasons.push(
        error instanceof Unusable ? error.message : `${backend} did not start: ${messageOf(error)}.`,
      );
    }
  }
  throw new Error(reasons.join(' '));
}

async function startWebGpu(isForced: boolean, onLost: OnLost): Promise<string> {
  const gpu = (navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } }).gpu;
  if (!gpu) throw new Unusable('WebGPU is not offered by this browser.');
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Unusable('WebGPU found no adapter.');
  const name =
    [adapter.info?.vendor, adapter.info?.architecture].filter(Boolean).join(' ') || 'unnamed adapter';
  const isSoftware = adapter.info?.isFallbackAdapter === true || /swiftshader|llvmpipe/i.test(name);
  if (isSoftware && !isForced)
    throw new Unusable(`WebGPU has only a software adapter here (${name}), which is slower.`);
  await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu'))) throw new Unusable('WebGPU did not start.');
  await tf.ready();
  await installKernels(tf);
  // the backend's own device; its class does not declare it
  const { device } = tf.backend() as unknown as { device: { lost: Promise<{ message: string }> } };
  void device.lost.then(({ message }) =>
    onLost(new EngineLost(`The GPU was lost${message ? ` (${message.trim().replace(/\.$/, '')})` : ''}.`)),
  );
  return `WebGPU, ${name}`;
}

interface Adapter {
  info?: { vendor?: string; architecture?: string; isFallbackAdapter?: boolean };
}

async function startWasm(): Promise<string> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const [simd, plain] = await Promise.all([
    import('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url'),
    import('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm?url'),
  ]);
  // our kernels run in one thread; scouts and draws use the other cores, each with an engine of its own
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm.wasm': addressOf(plain.default),
    'tfjs-backend-wasm-simd.wasm': addressOf(simd.default),
    'tfjs-backend-wasm-threaded-simd.wasm': addressOf(simd.default),
  });
  if (!(await tf.setBackend('wasm')))
    throw new Unusable('WebAssembly with SIMD is not offered by this browser.');
  const report = await installKernels(tf);
  const changed =
    report.names('replaced').length + report.names('repaired').length + report.names('added').length;
  return `WebAssembly with Warmstart's kernels (${changed} changed${report.fma ? ', fused multiply-add' : ''})`;
}

async function startCpu(): Promise<string> {
  await import('@tensorflow/tfjs-backend-cpu');
  if (!(await tf.setBackend('cpu'))) throw new Unusable('Plain JavaScript did not start.');
  await installKernels(tf);
  return 'plain JavaScript, slow';
}

/** Absolute, as a worker's scripts may lie in another folder than the page. */
function addressOf(path: string): string {
  return new URL(path, self.location.href).href;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
