/// <reference types="vite/client" />
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs';
import { installKernels } from '@warmstart/kernels';
import { beforeAll, describe, expect } from 'vitest';
import { fullParity } from './fixtures/full-parity.js';
import smallReferences from './fixtures/parity.json?raw';
import fullReferences from './fixtures/parity-full.json?raw';
import { type ParityReference, testParity } from './fixtures/parity-suite.js';
import { smallParity } from './fixtures/small-parity.js';

// Always one small network, so that the whole stack is watched. By hand more: VITE_PARITY=small, or names of small or
// full-size networks: VITE_PARITY=elmo,resnet18
const asked: string[] = import.meta.env.VITE_PARITY?.split(',') ?? ['bert pretraining'];
const names = asked.flatMap((name) => (name === 'small' ? Object.keys(smallParity) : [name]));
// a name that both have is the small one
const pick = <Value>(from: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(names.map((name) => [name, from[name] as Value]));

describe('parity on webgpu', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('webgpu')).toBe(true);
    expect(tf.getBackend()).toBe('webgpu');
    await installKernels(tf);
  });
  const references = pick<ParityReference>({ ...JSON.parse(fullReferences), ...JSON.parse(smallReferences) });
  testParity(references, pick({ ...fullParity, ...smallParity }), (line) => {
    if (import.meta.env.VITE_PARITY) console.info(`webgpu, ${line}`);
  });
});
