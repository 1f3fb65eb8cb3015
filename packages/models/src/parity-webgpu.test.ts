import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { installKernels } from '@warmstart/kernels';
import { provideWebGpu } from '@warmstart/kernels/node';
import { beforeAll, describe, it } from 'vitest';
import * as webgpu from 'webgpu';
import { useSoftwareVulkan } from '../../kernels/fixtures/software-vulkan.js';
import { askedParity } from './fixtures/asked-parity.js';
import { testParity } from './fixtures/parity-suite.js';

// By hand: small, or names of small or full-size networks: WARMSTART_WEBGPU_PARITY=elmo,full/gpt2,resnet18
const asked = process.env.WARMSTART_WEBGPU_PARITY;
const read = (file: string) => JSON.parse(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8'));

describe.skipIf(!asked)('parity on webgpu in Node', () => {
  beforeAll(async () => {
    useSoftwareVulkan();
    await provideWebGpu(webgpu);
    await import('@tensorflow/tfjs-backend-webgpu');
    await tf.setBackend('webgpu');
    await installKernels(tf);
  });
  if (!asked) return;
  const published = { small: read('parity.json'), full: read('parity-full.json') };
  const { references, cases } = askedParity(asked, published);
  testParity(references, cases, (line) => process.stdout.write(`${tf.getBackend()} in Node, ${line}\n`));
});

it.runIf(!asked)('skips webgpu in Node: set WARMSTART_WEBGPU_PARITY=small to run it (minutes)', () => {});
