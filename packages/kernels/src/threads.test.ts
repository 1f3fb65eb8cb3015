import * as tf from '@tensorflow/tfjs';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import { beforeAll } from 'vitest';
import { nodeThreads, shareWasmMemory } from './node.js';
import { threadSuite } from './threads-suite.js';

beforeAll(async () => {
  await shareWasmMemory(wasm);
  await tf.setBackend('wasm');
});

threadSuite(() => nodeThreads(3));
