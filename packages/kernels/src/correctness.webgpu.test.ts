import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import * as webgpu from 'webgpu';
import { correctnessSuite } from '../fixtures/correctness-suite.js';
import { optimizerSuite } from '../fixtures/optimizer-suite.js';
import { useSoftwareVulkan } from '../fixtures/software-vulkan.js';
import { installKernels } from './install.js';
import { provideWebGpu } from './node-webgpu.js';

useSoftwareVulkan();
const missing = await provideWebGpu(webgpu).then(
  () => undefined,
  (error: Error) => error.message,
);

if (missing === undefined) {
  await import('@tensorflow/tfjs-backend-webgpu');
  await installKernels(tf);
  correctnessSuite('webgpu', 3e-5);
  optimizerSuite('webgpu');
} else {
  test(`webgpu in Node is skipped: ${missing}`, ({ skip }) => skip(missing));
}

test('a missing adapter is an error, never the cpu', async () => {
  const nothing = { create: () => ({ requestAdapter: async () => null }) as unknown as GPU, globals: {} };
  await expect(provideWebGpu(nothing)).rejects.toThrow(
    'provideWebGpu: a Vulkan, Metal or Direct3D 12 adapter must answer, got none. Install a driver (on Linux ' +
      "libvulkan1 and the GPU vendor's, or SwiftShader through VK_ICD_FILENAMES), or use the wasm backend.",
  );
});
