import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installKernels, type KernelReport } from '@warmstart/kernels';
import type { BackendName } from './settings/backend-names.js';

/** What computes, as plain data. */
export interface EngineFacts {
  backend: string;
  /** One line for people. */
  summary: string;
  /** What differs from stock TensorFlow.js, per kernel. */
  changes: unknown;
  /** What `auto` would have preferred, and why it was passed over. */
  passedOver: { backend: string; reason: string }[];
}

/** A backend that was asked for by name and is not there. */
export class BackendError extends Error {
  readonly code = 'backend';
  override readonly name = 'BackendError';
}

let started: Promise<EngineFacts> | undefined;

/**
 * Starts WebAssembly with our kernels in this thread, once.
 *
 * @throws BackendError if WebAssembly does not start; nothing else is used in its place
 */
export function startWasm(): Promise<EngineFacts> {
  return startEngine('wasm');
}

/**
 * Starts what computes in this thread, once; later calls get what was started first.
 *
 * @param name - a backend, or `auto`: the first that answers of TensorFlow's own (where it is installed), WebGPU on
 *   hardware, WebAssembly, plain CPU
 * @throws BackendError if a backend named here does not start
 */
export function startEngine(name: BackendName): Promise<EngineFacts> {
  started ??= start(name).catch((error: unknown) => {
    started = undefined; // another may be asked for
    throw error;
  });
  return started;
}

type RealBackend = Exclude<BackendName, 'auto'>;

async function start(name: BackendName): Promise<EngineFacts> {
  if (name !== 'auto') {
    try {
      return await factsOf(await starters[name](), []);
    } catch (cause) {
      throw new BackendError(`--backend ${name}: ${reasonOf(cause)}`, { cause });
    }
  }
  const passedOver: EngineFacts['passedOver'] = [];
  for (const backend of ['node', 'webgpu', 'wasm', 'cpu'] as const) {
    try {
      return await factsOf(await starters[backend](true), passedOver);
    } catch (error) {
      passedOver.push({ backend, reason: reasonOf(error) });
    }
  }
  throw new BackendError(`no backend starts here: ${passedOver.map(({ reason }) => reason).join(' ')}`);
}

/** Each starts one backend, or throws with the reason. */
const starters: Record<RealBackend, (onlyFast?: boolean) => Promise<string>> = {
  node: async () => {
    const name = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'].find((one) => locate(one));
    if (!name) {
      throw new Error(
        'neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed: npm install @tensorflow/tfjs-node@4.22.0',
      );
    }
    await import(pathToFileURL(locate(name) as string).href);
    return use('tensorflow', `${name} is installed but did not register its backend.`);
  },
  webgpu: async (onlyFast = false) => {
    const [dawn, backend] = [locate('webgpu'), locate('@tensorflow/tfjs-backend-webgpu')];
    if (!dawn || !backend) {
      throw new Error(
        'the packages webgpu and @tensorflow/tfjs-backend-webgpu are not both installed: npm install webgpu @tensorflow/tfjs-backend-webgpu@4.22.0',
      );
    }
    const { provideWebGpu } = await import('@warmstart/kernels/node');
    await provideWebGpu(await import(pathToFileURL(dawn).href));
    if (onlyFast) await requireHardware();
    await import(pathToFileURL(backend).href);
    return use('webgpu', 'TensorFlow.js found no WebGPU device.');
  },
  wasm: () => use('wasm', 'WebAssembly needs Node 20.19 or later and a processor with 128-bit SIMD.'),
  cpu: () => use('cpu', 'the plain backend did not start.'),
};

async function use(backend: string, otherwise: string): Promise<string> {
  const ready = await tf.setBackend(backend).catch(() => false);
  if (!ready || tf.getBackend() !== backend) throw new Error(otherwise);
  return backend;
}

/** A software adapter is slower than our WebAssembly kernels, so `auto` wants none. */
async function requireHardware(): Promise<void> {
  // `provideWebGpu` has just put it there
  const { gpu } = globalThis.navigator as unknown as {
    gpu: { requestAdapter(): Promise<AdapterLike | null> };
  };
  const info = (await gpu.requestAdapter())?.info;
  const text = `${info?.vendor ?? ''} ${info?.architecture ?? ''} ${info?.description ?? ''}`.trim();
  if (!info || /swiftshader|llvmpipe|lavapipe|software/i.test(text)) {
    throw new Error(
      `only a software adapter answers (${text || 'unnamed'}), which is slower than WebAssembly.`,
    );
  }
}

interface AdapterLike {
  info?: { vendor?: string; architecture?: string; description?: string };
}

/** Where an optional package's entry lies, seen from this program or from the folder it was called in. */
export function locate(name: string): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from).resolve(name);
    } catch {
      // not reachable from here; the caller says so if it is reachable from nowhere
    }
  }
  return undefined;
}

async function factsOf(backend: string, passedOver: EngineFacts['passedOver']): Promise<EngineFacts> {
  const report = await installKernels(tf);
  return { backend, summary: summaryOf(report), changes: report.changes, passedOver };
}

function summaryOf(report: KernelReport): string {
  const counted = (['added', 'repaired', 'replaced'] as const)
    .map((action) => ({ action, count: report.names(action).length }))
    .filter(({ count }) => count > 0)
    .map(({ action, count }) => `${count} ${action}`);
  return `${counted.join(', ')}${report.fma ? ', fused multiply-add' : ''}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
