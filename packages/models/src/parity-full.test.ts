import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { installKernels } from '@warmstart/kernels';
import { beforeAll, describe, it } from 'vitest';
import { fullParity } from './fixtures/full-parity.js';
import { type ParityReference, testParity } from './fixtures/parity-suite.js';

// 1 for all, or names: WARMSTART_FULL_PARITY=resnet18,minilm
const asked = process.env.WARMSTART_FULL_PARITY;
const isAsked = ([name]: [string, unknown]) => asked === '1' || (asked?.split(',').includes(name) ?? false);
const pick = <Value>(from: Record<string, Value>) => Object.fromEntries(Object.entries(from).filter(isAsked));

describe.skipIf(!asked)('parity at full size', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
    await installKernels(tf);
  });
  const url = new URL('fixtures/parity-full.json', import.meta.url);
  const references: Record<string, ParityReference> = JSON.parse(readFileSync(url, 'utf8'));
  testParity(pick(references), pick(fullParity), (line) => process.stdout.write(`${line}\n`));
});

it.runIf(!asked)(
  'skips parity at full size: set WARMSTART_FULL_PARITY=1 to run it (minutes, 4 GB)',
  () => {},
);
