/// <reference types="vite/client" />
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs';
import { installKernels } from '@warmstart/kernels';
import { beforeAll, describe, expect } from 'vitest';
import { fullParity } from './fixtures/full-parity.js';
import smallReferences from './fixtures/parity.json?raw';
import fullReferences from './fixtures/parity-full.json?raw';
import { testParity } from './fixtures/parity-suite.js';
import { smallParity } from './fixtures/small-parity.js';

beforeAll(async () => {
  expect(await tf.setBackend('webgpu')).toBe(true);
  expect(tf.getBackend()).toBe('webgpu');
  await installKernels(tf);
});

describe('parity on webgpu', () => {
  testParity(JSON.parse(smallReferences), smallParity);
});

// By hand: VITE_FULL_PARITY=resnet18,minilm npx vitest run --project browser packages/models
const asked: string[] = import.meta.env.VITE_FULL_PARITY?.split(',') ?? [];
describe.skipIf(asked.length === 0)('parity on webgpu at full size', () => {
  const pick = <Value>(from: Record<string, Value>): Record<string, Value> =>
    Object.fromEntries(asked.map((name) => [name, from[name] as Value]));
  testParity(pick(JSON.parse(fullReferences)), asked.length > 0 ? pick(fullParity) : {}, (line) => {
    console.info(`webgpu, ${line}`);
  });
});
