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

  test('a product along a long axis with its second operand transposed', async () => {
    await tf.setBackend('webgpu');
    const [rows, inner, columns] = [32, 2048, 12];
    const a = Float32Array.from({ length: rows * inner }, (_, i) => ((i * 37) % 19) / 19 - 0.5);
    const b = Float32Array.from({ length: columns * inner }, (_, i) => ((i * 53) % 23) / 23 - 0.5);
    const operands = { a: tf.tensor2d(a, [rows, inner]), b: tf.tensor2d(b, [columns, inner]) };
    const bias = tf.fill([columns], 0.25);
    const got = await tf.matMul(operands.a, operands.b, false, true).data();
    const fused = await tf.fused.matMul({ ...operands, bias, transposeB: true, activation: 'relu' }).data();
    for (const [i, value] of got.entries()) {
      let sum = 0;
      const [left, right] = [Math.floor(i / columns) * inner, (i % columns) * inner];
      for (let k = 0; k < inner; k++) sum += (a[left + k] as number) * (b[right + k] as number);
      expect(value).toBeCloseTo(sum, 3);
      expect(fused[i]).toBeCloseTo(Math.max(0, sum + 0.25), 3);
    }
    expect(tf.env().getNumber('WEBGPU_MATMUL_PROGRAM_TYPE')).toBe(-1);
  });
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
