import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll } from 'vitest';
import { installKernels } from './install.js';
import { optimizerSuite } from './optimizer-suite.js';

beforeAll(async () => {
  await installKernels(tf);
});

optimizerSuite('cpu');
optimizerSuite('wasm');
