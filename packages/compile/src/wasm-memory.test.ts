import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installKernels } from '@warmstart/kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from './index.js';

interface WasmBackend {
  wasm: { HEAPU8: Uint8Array };
}
const heap = () => (tf.backend() as unknown as WasmBackend).wasm.HEAPU8.buffer;
const numbers = (shape: number[], seed: number) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(seed + 1.3 * i)),
    shape,
  );

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installKernels(tf);
});

/** A small conv net, trained in place of nothing: variables are the optimizer's to move. */
async function convStep() {
  const filter = tf.variable(numbers([3, 3, 2, 3], 1));
  const variables = new Map([['filter', filter]]);
  const loss = ({ x }: { x: tf.Tensor }) =>
    tf.mean(tf.square(tf.conv2d(x as tf.Tensor4D, filter as never, 1, 'same'))) as tf.Scalar;
  const step = await compileStep(loss, variables, (x: tf.Tensor) => ({ x }), {
    compile: 'always',
    threads: 1,
    checkEvery: 0,
    optimizer: {
      step: (gradients) =>
        tf.tidy(() => filter.assign(tf.sub(filter, tf.mul(gradients.get('filter') as tf.Tensor, 0.1)))),
    },
  });
  return { step, loss };
}

describe('compileStep on the wasm heap', () => {
  it('goes on when the heap grows between two steps, and during one', async () => {
    const { step, loss } = await convStep();
    const x = numbers([2, 6, 6, 2], 3);
    for (let i = 0; i < 3; i++) await step.run(x);
    const grown: tf.Tensor[] = [];
    const grow = () => {
      const before = heap();
      while (heap() === before) grown.push(tf.zeros([1 << 22]));
    };
    grow();
    const eager = (await tf.tidy(() => loss({ x })).data())[0] as number;
    expect((await step.run(x)).loss).toBeCloseTo(eager, 5);
    const next = (await tf.tidy(() => loss({ x })).data())[0] as number;
    const running = step.run(x); // bound by now, run in the next turn of the event loop
    grow();
    expect((await running).loss).toBeCloseTo(next, 5);
    tf.dispose([...grown, x]);
    await step.dispose();
  });

  it('never leaves stale weights to evaluation', async () => {
    const { step, loss } = await convStep();
    const x = numbers([2, 6, 6, 2], 3);
    for (let i = 0; i < 6; i++) {
      const evaluated = (await tf.tidy(() => loss({ x })).data())[0] as number;
      expect((await step.run(x)).loss).toBeCloseTo(evaluated, 5);
    }
    await step.dispose();
  });
});
