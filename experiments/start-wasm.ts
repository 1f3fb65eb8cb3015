import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installKernels } from '@warmstart/kernels';

/** Starts WebAssembly with our kernels. @throws Error where it does not start; nothing else is used in its place */
export async function startWasm(): Promise<'wasm'> {
  const isReady = await tf.setBackend('wasm').catch(() => false);
  if (!isReady || tf.getBackend() !== 'wasm') {
    throw new Error('WebAssembly needs Node 20.19 or later and a processor with 128-bit SIMD.');
  }
  await installKernels(tf);
  return 'wasm';
}
