import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installKernels, type KernelReport } from '@warmstart/kernels';
import type { EngineFacts } from './quickstart/jobs.js';

let started: Promise<EngineFacts> | undefined;

/**
 * Starts WebAssembly with our kernels in this thread, once.
 *
 * @throws Error if WebAssembly does not start; nothing else is used in its place
 */
export function startWasm(): Promise<EngineFacts> {
  started ??= start();
  return started;
}

async function start(): Promise<EngineFacts> {
  if (!(await tf.setBackend('wasm'))) {
    throw new Error(
      'The WebAssembly backend of TensorFlow.js did not start here. It needs Node 20.19 or later and 128-bit SIMD.',
    );
  }
  const report = await installKernels(tf);
  return { backend: tf.getBackend(), summary: summaryOf(report), changes: report.changes };
}

function summaryOf(report: KernelReport): string {
  const counted = (['added', 'repaired', 'replaced'] as const)
    .map((action) => ({ action, count: report.names(action).length }))
    .filter(({ count }) => count > 0)
    .map(({ action, count }) => `${count} ${action}`);
  return `${counted.join(', ')}${report.fma ? ', fused multiply-add' : ''}`;
}
