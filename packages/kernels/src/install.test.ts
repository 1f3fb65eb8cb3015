import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HeapFullError, installKernels, linear, maskedMeanSquaredError, type Threads } from './index.js';
import { declareShared } from './node-shared-memory.js';
import { relaxedSimd, simd } from './wasm/module.generated.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
});
afterEach(() => tf.setBackend('wasm'));

const filterGradient = () =>
  tf.grad((w: tf.Tensor) => tf.conv2d(tf.ones<tf.Rank.R4>([1, 2, 2, 1]), w as tf.Tensor4D, 1, 'same'))(
    tf.ones([1, 1, 1, 1]),
  );

describe('what it says it did', () => {
  test('stock TensorFlow.js cannot train a convolution on wasm; after installing, it can', async () => {
    expect(filterGradient).toThrow("Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'");
    const report = await installKernels(tf);
    expect([...(await filterGradient().data())]).toEqual([4]);
    expect(report.names('added')).toContain('Conv2DBackpropFilter');
    expect(report.names('repaired')).toEqual(
      expect.arrayContaining(['_FusedMatMul', 'MaxPoolGrad', 'AvgPool gradient', 'BatchMatMul gradient']),
    );
    expect(report.names('replaced')).toEqual(expect.arrayContaining(['BatchMatMul', 'Identity']));
    expect(String(report)).toContain(
      'wasm Conv2DBackpropFilter added: without it no convolution can be trained',
    );
  });

  test('a subset, and back again', async () => {
    const report = await installKernels(tf, { only: ['Identity', 'MaxPoolGrad'], except: ['MaxPoolGrad'] });
    expect(report.changes.map(({ kernelName }) => kernelName)).toEqual(['Identity']);
    expect(filterGradient).toThrow('not registered');
    await installKernels(tf);
    expect([...(await filterGradient().data())]).toEqual([4]);
  });

  test('installing twice changes nothing and leaks nothing', async () => {
    const first = await installKernels(tf);
    const tensors = tf.memory().numTensors;
    const second = await installKernels(tf);
    expect(second.changes).toEqual(first.changes);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('an unknown name, another version and missing threads are refused', async () => {
    await expect(installKernels(tf, { only: ['Conv2d'] })).rejects.toThrow(
      'installKernels: only and except must name kernels or gradients that it knows, got "Conv2d". ' +
        'A full install reports all names.',
    );
    await expect(installKernels({ ...tf, version_core: '4.23.0' })).rejects.toThrow(
      'installKernels: TensorFlow.js must be 4.22.0, got 4.23.0. Install @tensorflow/tfjs@4.22.0, or a release of ' +
        '@warmstart/kernels tested with yours.',
    );
    const threads: Threads = { count: 2, start: async () => {} };
    await expect(installKernels(tf, { threads })).rejects.toThrow(
      'installKernels: threads need a wasm backend over shared memory, got one of its own. In Node await ' +
        'shareWasmMemory(wasm) before tf.setBackend; in a page send COOP and COEP headers.',
    );
    expect(() => declareShared(new Uint8Array(8))).toThrow(
      'shareWasmMemory: the module must have one memory',
    );
  });
});

describe('the numbers', () => {
  test('without fused multiply-add the bits are those of plain float32', async () => {
    const report = await installKernels(tf, { fma: false });
    expect(report.fma).toBe(false);
    const [a, b] = [0, 1].map((seed) => tf.randomUniform([23, 23], -1, 1, 'float32', seed + 1)) as [
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    const got = await tf.matMul(a, b).data();
    const [left, right] = [await a.data(), await b.data()];
    for (let i = 0; i < 23 * 23; i++) {
      let want = 0;
      for (let k = 0; k < 23; k++) {
        const term = Math.fround((left[Math.floor(i / 23) * 23 + k] ?? 0) * (right[k * 23 + (i % 23)] ?? 0));
        want = Math.fround(want + term);
      }
      expect(got[i]).toBe(want);
    }
    await installKernels(tf);
  });

  test('products of many shapes equal float64 sums', async () => {
    await installKernels(tf);
    for (const [m, k, n] of [
      [1, 1, 1],
      [7, 300, 9],
      [97, 257, 33],
      [6, 8, 1030],
      [200, 3, 5],
      [5, 0, 4],
    ] as const) {
      const a = tf.randomUniform([m, k], -1, 1, 'float32', 3);
      const b = tf.randomUniform([n, k], -1, 1, 'float32', 4);
      const got = await tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, false, true).data();
      const [left, right] = [await a.data(), await b.data()];
      for (let i = 0; i < m * n; i++) {
        let want = 0;
        for (let x = 0; x < k; x++)
          want += (left[Math.floor(i / n) * k + x] ?? 0) * (right[(i % n) * k + x] ?? 0);
        expect(Math.abs((got[i] ?? Number.NaN) - want)).toBeLessThan(1e-4);
      }
    }
  });

  test('a relu lets NaN through', async () => {
    const x = tf.tensor2d([Number.NaN, -1, 2], [1, 3]);
    const y = tf.fused.matMul({ a: x, b: tf.eye(3), activation: 'relu' });
    expect([...(await y.data())].every(Number.isNaN)).toBe(true);
  });

  test('a clone shares its values until one is disposed, and both read the same', async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const y = tf.clone(x);
    x.dispose();
    expect([...(await y.data())]).toEqual([1, 2, 3]);
  });
});

test('a scatter on cpu leaves its input as it was', async () => {
  await installKernels(tf);
  await tf.setBackend('cpu');
  const x = tf.tensor1d([1, 2, 3]);
  const y = tf.tensorScatterUpdate(x, tf.tensor2d([[1]], undefined, 'int32'), tf.tensor1d([9]));
  expect([[...(await x.data())], [...(await y.data())]]).toEqual([
    [1, 2, 3],
    [1, 9, 3],
  ]);
});

describe('bad input', () => {
  test('a wrong dtype or shape gives an error that names the op, and the heap lives on', async () => {
    await installKernels(tf);
    const whole = tf.ones([2, 2], 'int32') as tf.Tensor2D;
    expect(() => tf.engine().runKernel('BatchMatMul', { a: whole, b: whole })).toThrow(
      'BatchMatMul: inputs must be float32 on the wasm backend, got int32. Cast first.',
    );
    expect(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]))).toThrow(
      'Error in matMul: inner shapes (3) and (2)',
    );
    expect(() =>
      tf.conv2d(tf.ones<tf.Rank.R4>([1, 3, 4, 4]), tf.ones([1, 1, 3, 2]), 1, 'same', 'NCHW'),
    ).toThrow('Conv2D: dataFormat must be NHWC, got NCHW. Transpose first.');
    expect(() => linear(tf.ones([2, 3]), tf.ones([4, 5]))).toThrow(
      'linear: x must have shape [2,5], got [2,3]. Reshape it, or check the layer sizes.',
    );
    expect([...(await tf.matMul(tf.ones([1, 2]), tf.ones([2, 1])).data())]).toEqual([2]);
  });

  test('what is not TensorFlow.js or not threads is refused by name', async () => {
    await expect(installKernels(undefined as unknown as typeof tf)).rejects.toThrow(
      'installKernels: tf must be TensorFlow.js, got something else.',
    );
    await expect(installKernels(tf, { threads: 2 as unknown as Threads })).rejects.toThrow(
      'installKernels: threads must be pageThreads(n), or nodeThreads(n) of @warmstart/kernels/node, got number.',
    );
  });

  test('a mask of booleans serves as well as one of numbers', async () => {
    await installKernels(tf);
    const loss = maskedMeanSquaredError(
      tf.tensor1d([1, 2, 9]),
      tf.zeros([3]),
      tf.tensor1d([true, true, false], 'bool'),
    );
    expect([...(await loss.data())]).toEqual([2.5]);
  });

  test('what TensorFlow.js gets wrong or cannot differentiate, and we do not repair, names the way round', async () => {
    await installKernels(tf);
    expect(() => tf.maxPool3d(tf.ones<tf.Rank.R5>([1, 2, 2, 2, 1]), 2, 2, 'valid')).toThrow(
      'MaxPool3D: on the wasm backend TensorFlow.js 4.22.0 is wrong for windows without a positive value. Use the ' +
        'webgpu backend, or, where every window has a positive value, leave the kernel alone by ' +
        "installKernels(tf, { except: ['MaxPool3D'] }).",
    );
    expect(() => tf.grad((x: tf.Tensor) => tf.cumprod(x))(tf.ones([3]))).toThrow(
      'Cumprod: there is no gradient. Take exp(cumsum(log(x))) of positive values.',
    );
  });

  test('running out of memory says how much was asked for', async () => {
    await installKernels(tf);
    const zeros = (count: number) => (): unknown => tf.tidy(() => tf.zeros([count]));
    const message = (bytes: number) => `wasm backend: the heap must have room for ${bytes} bytes more`;
    expect(zeros(2 ** 30)).toThrow(message(2 ** 32));
    expect(zeros(2 ** 30)).toThrow(HeapFullError);
    expect([...(await tf.zeros([2]).data())]).toEqual([0, 0]);
  });
});

test('the committed WebAssembly is what its sources give, and writes nothing on load', () => {
  const script = fileURLToPath(new URL('../scripts/build-wasm.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  for (const base64 of [simd, relaxedSimd]) expect(sections(Buffer.from(base64, 'base64'))).not.toContain(11); // data
});

/** The section ids of a WebAssembly module. */
function sections(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++] ?? 0);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
  }
  return ids;
}
