import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll } from 'vitest';
import { correctnessSuite } from '../fixtures/correctness-suite.js';
import { installKernels } from './install.js';

beforeAll(async () => {
  await installKernels(tf);
});

correctnessSuite('cpu', 1e-5);
correctnessSuite('wasm', 1e-5);
