import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { installKernels } from '@warmstart/kernels';
import { provideWebGpu } from '@warmstart/kernels/node';
import { beforeAll, describe, it } from 'vitest';
import * as webgpu from 'webgpu';
import { useSoftwareVulkan } from '../../kernels/fixtures/software-vulkan.js';
import { fullParity } from './fixtures/full-parity.js';
import { type ParityReference, testParity } from './fixtures/parity-suite.js';
import { smallParity } from './fixtures/small-parity.js';

// By hand: small, or names of small or full-size networks: WARMSTART_WEBGPU_PARITY=elmo,gpt2
const asked = process.env.WARMSTART_WEBGPU_PARITY?.split(',') ?? [];
const names = asked.flatMap((name) => (name === 'small' ? Object.keys(smallParity) : [name]));
// a name that both have is the small one
const cases = { ...fullParity, ...smallParity };
const pick = <Value>(from: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(names.map((name) => [name, from[name] as Value]));
const read = (file: string) => JSON.parse(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8'));

describe.skipIf(names.length === 0)('parity on webgpu in Node', () => {
  beforeAll(async () => {
    useSoftwareVulkan();
    await provideWebGpu(webgpu);
    await import('@tensorflow/tfjs-backend-webgpu');
    await tf.setBackend('webgpu');
    await installKernels(tf);
  });
  const references = pick<ParityReference>({ ...read('parity-full.json'), ...read('parity.json') });
  testParity(references, pick(cases), (line) =>
    process.stdout.write(`${tf.getBackend()} in Node, ${line}\n`),
  );
});

it.runIf(names.length === 0)(
  'skips webgpu in Node: set WARMSTART_WEBGPU_PARITY=small to run it (minutes)',
  () => {},
);
