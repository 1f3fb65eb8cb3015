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

// By hand: VITE_PARITY=small, or names of full-size networks: VITE_PARITY=resnet18,minilm
const asked: string[] = import.meta.env.VITE_PARITY?.split(',') ?? [];
const isSmall = asked.includes('small');
const names = asked.filter((name) => name !== 'small');
const pick = <Value>(from: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(names.map((name) => [name, from[name] as Value]));

describe.skipIf(asked.length === 0)('parity on webgpu', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('webgpu')).toBe(true);
    expect(tf.getBackend()).toBe('webgpu');
    await installKernels(tf);
  });
  const references = { ...(isSmall && JSON.parse(smallReferences)), ...pick(JSON.parse(fullReferences)) };
  testParity(references, { ...(isSmall && smallParity), ...pick(fullParity) }, (line) => {
    console.info(`webgpu, ${line}`);
  });
});
