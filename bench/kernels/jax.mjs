// The tasks that jax-js 0.1 runs in Node (wasm, one thread). Its arrays are moved into calls; `.ref` keeps one.
import { defaultDevice, init, jit, numpy as np, valueAndGrad } from '@jax-js/jax';
import { values } from './tasks.mjs';

export async function tasks() {
  await init('wasm');
  defaultDevice('wasm');
  const array = (shape, seed, scale = 1) =>
    np
      .array(
        values(
          shape.reduce((a, b) => a * b, 1),
          seed,
          scale,
        ),
      )
      .reshape(shape);

  return {
    matMul1024() {
      const [a, b] = [array([1024, 1024], 8), array([1024, 1024], 9)];
      return async () => {
        const corner = np.matmul(a.ref, b.ref).slice([0, 1], [0, 1]);
        return (await corner.data())[0];
      };
    },

    autoencoder() {
      const sizes = [2000, 512, 128, 512, 2000];
      let weights = sizes
        .slice(1)
        .flatMap((out, i) => [array([sizes[i], out], 100 + i, 1 / Math.sqrt(sizes[i])), np.zeros([out])]);
      let first = weights.map((w) => np.zeros(w.shape));
      let second = weights.map((w) => np.zeros(w.shape));
      const x = array([128, 2000], 1);
      const mask = np.array(values(128 * 2000, 5).map((v) => (v > 1 ? 1 : 0))).reshape([128, 2000]);
      const loss = (parameters, input, hidden) => {
        let h = input.ref.mul(np.array(1).sub(hidden.ref));
        for (let i = 0; i < 4; i++) {
          h = np.matmul(h, parameters[2 * i]).add(parameters[2 * i + 1]);
          if (i < 3) h = np.maximum(h, 0);
        }
        const error = h.sub(input);
        return hidden.ref.mul(error.ref.mul(error)).sum().div(hidden.sum());
      };
      const gradients = jit((parameters, input, hidden) => valueAndGrad(loss)(parameters, input, hidden));
      const update = jit((w, g, m, v, rate, root) => {
        const nextM = m.mul(0.9).add(g.ref.mul(0.1));
        const nextV = v.mul(0.999).add(g.ref.mul(g).mul(0.001));
        const move = nextM.ref.mul(rate).div(np.sqrt(nextV.ref).mul(root).add(1e-8));
        return [w.sub(move), nextM, nextV];
      });
      let step = 0;
      return async () => {
        step++;
        const [value, flows] = gradients(
          weights.map((w) => w.ref),
          x.ref,
          mask.ref,
        );
        const rate = 1e-3 / (1 - 0.9 ** step);
        const root = 1 / Math.sqrt(1 - 0.999 ** step);
        const updated = weights.map((w, i) =>
          update(w, flows[i], first[i], second[i], np.array(rate), np.array(root)),
        );
        weights = updated.map(([w]) => w);
        first = updated.map(([, m]) => m);
        second = updated.map(([, , v]) => v);
        return (await value.data())[0];
      };
    },
  };
}
