import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installKernels } from '@warmstart/kernels';
import { beforeAll, describe } from 'vitest';
import { testParity } from './fixtures/parity-suite.js';
import { smallParity } from './fixtures/small-parity.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installKernels(tf);
});

describe('parity', () => {
  const url = new URL('fixtures/parity.json', import.meta.url);
  testParity(JSON.parse(readFileSync(url, 'utf8')), smallParity);
});
