import * as tf from '@tensorflow/tfjs';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import { beforeAll } from 'vitest';
import { threadSuite } from '../fixtures/threads-suite.js';
import { nodeThreads, shareWasmMemory } from './node.js';

beforeAll(async () => {
  await shareWasmMemory(wasm);
  await tf.setBackend('wasm');
});

threadSuite(() => nodeThreads(3));
