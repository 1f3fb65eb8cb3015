import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { installKernels } from '@warmstart/kernels';
import { beforeAll, describe, it } from 'vitest';
import { fullParity } from './fixtures/full-parity.js';
import { testParity } from './fixtures/parity-suite.js';

const asked = process.env.WARMSTART_FULL_PARITY;

describe.skipIf(!asked)('parity at full size', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
    await installKernels(tf);
  });
  const url = new URL('fixtures/parity-full.json', import.meta.url);
  testParity(JSON.parse(readFileSync(url, 'utf8')), fullParity, (line) => process.stdout.write(`${line}\n`));
});

it.runIf(!asked)(
  'skips parity at full size: set WARMSTART_FULL_PARITY=1 to run it (minutes, 4 GB)',
  () => {},
);
