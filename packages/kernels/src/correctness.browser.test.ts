/// <reference types="vite/client" />
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plainUrl from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.wasm?url';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, beforeEach, describe, expect } from 'vitest';
import { correctnessSuite } from '../fixtures/correctness-suite.js';
import { optimizerSuite } from '../fixtures/optimizer-suite.js';
import { threadSuite } from '../fixtures/threads-suite.js';
import { installKernels } from './install.js';
import { pageThreads } from './wasm/threads.js';

beforeAll(async () => {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plainUrl,
    'tfjs-backend-wasm-simd.wasm': simdUrl,
    'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl,
  });
  await installKernels(tf);
});

correctnessSuite('wasm', 1e-5);
correctnessSuite('webgpu', 3e-5);
optimizerSuite('wasm');
optimizerSuite('webgpu');

describe('in a cross-origin-isolated page', () => {
  beforeEach(async () => {
    expect(crossOriginIsolated).toBe(true);
    await tf.setBackend('wasm');
  });
  threadSuite(() => pageThreads(2));
});
