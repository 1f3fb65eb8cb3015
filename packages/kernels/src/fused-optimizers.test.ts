import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll } from 'vitest';
import { optimizerSuite } from '../fixtures/optimizer-suite.js';
import { installKernels } from './install.js';

beforeAll(async () => {
  await installKernels(tf);
});

optimizerSuite('cpu');
optimizerSuite('wasm');
