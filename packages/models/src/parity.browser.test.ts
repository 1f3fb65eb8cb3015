/// <reference types="vite/client" />
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs';
import { installKernels } from '@warmstart/kernels';
import { beforeAll, describe, expect } from 'vitest';
import { askedParity } from './fixtures/asked-parity.js';
import smallReferences from './fixtures/parity.json?raw';
import fullReferences from './fixtures/parity-full.json?raw';
import { testParity } from './fixtures/parity-suite.js';

// Always one small network, so that the whole stack is watched. By hand more: VITE_PARITY=small, or names of small or
// full-size networks: VITE_PARITY=elmo,full/gpt2,resnet18
const asked: string = import.meta.env.VITE_PARITY ?? 'bert pretraining';

describe('parity on webgpu', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('webgpu')).toBe(true);
    expect(tf.getBackend()).toBe('webgpu');
    await installKernels(tf);
  });
  const published = { small: JSON.parse(smallReferences), full: JSON.parse(fullReferences) };
  const { references, cases } = askedParity(asked, published);
  testParity(references, cases, (line) => {
    if (import.meta.env.VITE_PARITY) console.info(`webgpu, ${line}`);
  });
});
