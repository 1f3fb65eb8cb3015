import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { guideContract } from '@warmstart/guided-tl/contract';
import { installKernels } from '@warmstart/kernels';
import { adamW, sgd } from '@warmstart/training';
import { beforeAll, describe, it } from 'vitest';

const rules = {
  adamW: (options: Parameters<typeof adamW>[0]) => adamW({ ...options, weightDecay: 0.1 }),
  sgd: (options: Parameters<typeof sgd>[0]) => sgd({ ...options, momentum: 0.9 }),
};

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installKernels(tf);
});

for (const [name, make] of Object.entries(rules)) {
  describe(`guides inside ${name}`, () => {
    const cases = guideContract(({ variables, guides }) => {
      const tensors = new Map(
        [...(guides ?? [])].map(([path, { data, shape }]) => [
          path,
          tf.tensor(data as Float32Array, [...shape], 'float32'),
        ]),
      );
      const optimizer = make({ variables, learningRate: 0.05, ...(guides ? { guides: tensors } : {}) });
      return {
        step: (gradients) => optimizer.step(gradients),
        stateDict: () => optimizer.stateDict(),
        loadStateDict: (state) => optimizer.loadStateDict(state as never),
        dispose() {
          optimizer.dispose();
          for (const tensor of tensors.values()) tensor.dispose();
        },
      };
    });
    for (const { name: fact, run } of cases) it(fact, run);
  });
}
