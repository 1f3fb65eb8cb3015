// The bench's tasks, the same mathematics for every engine; `ops` says how each layer is computed.

import { adamW, sgd } from '@warmstart/training';

/** Numbers from a seed, about normal: mulberry32, three draws added. */
export function values(count, seed, scale = 1) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => (next() + next() + next() - 1.5) * 2 * scale);
}

/** Every task as a function that makes a `step() => Promise<loss>`. */
export function makeTasks(tf, ops) {
  const size = (shape) => shape.reduce((a, b) => a * b, 1);
  /** Parameters in a Map by path, as the library takes them. */
  const parameters = () => {
    const variables = new Map();
    const make = (shape, fanIn, constant) => {
      const path = `v${variables.size}`;
      const start =
        constant === undefined
          ? tf.tensor(values(size(shape), 100 + variables.size, 1 / Math.sqrt(fanIn)), shape)
          : tf.fill(shape, constant);
      const variable = tf.variable(start);
      start.dispose();
      variables.set(path, variable);
      return variable;
    };
    return { variables, make };
  };
  const training = (variables, optimizer, loss) => {
    const paths = new Map([...variables].map(([path, variable]) => [variable.name, path]));
    return async () => {
      const { value, grads } = tf.variableGrads(loss, [...variables.values()]);
      optimizer.step(new Map(Object.entries(grads).map(([name, gradient]) => [paths.get(name), gradient])));
      tf.dispose(grads);
      const [result] = await value.data();
      value.dispose();
      return result;
    };
  };

  return {
    autoencoder() {
      const { variables, make } = parameters();
      const sizes = [2000, 512, 128, 512, 2000];
      const layers = sizes.slice(1).map((out, i) => [make([out, sizes[i]], sizes[i]), make([out], 1, 0)]);
      const x = tf.tensor(values(128 * 2000, 1), [128, 2000]);
      const mask = tf.tidy(() =>
        tf.cast(tf.greater(tf.tensor(values(128 * 2000, 5), [128, 2000]), 1), 'float32'),
      );
      const shown = tf.tidy(() => tf.sub(1, mask));
      return training(variables, ops.adam(variables, 1e-3), () => {
        let h = tf.mul(x, shown);
        layers.forEach(([w, b], i) => {
          h = ops.linear(h, w, b, i < 3 ? 'relu' : 'linear');
        });
        return ops.maskedError(h, x, mask);
      });
    },

    convNet() {
      const { variables, make } = parameters();
      const channels = [3, 32, 32, 64, 64];
      const layers = channels
        .slice(1)
        .map((out, i) => [make([3, 3, channels[i], out], 9 * channels[i]), make([out], 1, 0)]);
      const [w, b] = [make([10, 4096], 4096), make([10], 1, 0)];
      const x = tf.tensor(values(64 * 3072, 2), [64, 32, 32, 3]);
      const labels = tf.tensor1d(
        Int32Array.from({ length: 64 }, (_, i) => (i * 7) % 10),
        'int32',
      );
      return training(variables, ops.sgd(variables, 0.01), () => {
        let h = x;
        layers.forEach(([filter, bias], i) => {
          h = tf.relu(tf.add(tf.conv2d(h, filter, 1, 'same'), bias));
          if (i % 2 === 1) h = tf.maxPool(h, 2, 2, 'valid');
        });
        return ops.crossEntropy(ops.linear(tf.reshape(h, [64, 4096]), w, b, 'linear'), labels);
      });
    },

    transformerBlock() {
      const { variables, make } = parameters();
      const [width, heads, length, batch, hidden] = [256, 4, 64, 16, 1024];
      const layer = (out, inside) => [make([out, inside], inside), make([out], 1, 0)];
      const [q, k, v, o] = [0, 0, 0, 0].map(() => layer(width, width));
      const [up, down] = [layer(hidden, width), layer(width, hidden)];
      const norm = () => [make([width], 1, 1), make([width], 1, 0)];
      const [first, second] = [norm(), norm()];
      const x = tf.tensor(values(batch * length * width, 3), [batch, length, width]);
      const y = tf.tensor(values(batch * length * width, 4), [batch, length, width]);
      const split = (h) => tf.transpose(tf.reshape(h, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
      return training(variables, ops.adam(variables, 1e-3), () => {
        const h = ops.layerNorm(x, ...first);
        const [a, b, c] = [q, k, v].map(([w, bias]) => split(ops.linear(h, w, bias, 'linear')));
        const scores = tf.softmax(tf.mul(tf.matMul(a, b, false, true), 1 / Math.sqrt(width / heads)));
        const mixed = tf.reshape(tf.transpose(tf.matMul(scores, c), [0, 2, 1, 3]), [batch, length, width]);
        const r = tf.add(x, ops.linear(mixed, ...o, 'linear'));
        const wide = ops.gelu(ops.linear(ops.layerNorm(r, ...second), ...up, 'linear'));
        return tf.mean(tf.square(tf.sub(tf.add(r, ops.linear(wide, ...down, 'linear')), y)));
      });
    },

    depthwiseBlock() {
      const { variables, make } = parameters();
      const [batch, side, width, wide] = [8, 28, 40, 240];
      const norm = (n) => [make([n], 1, 1), make([n], 1, 0)];
      const [expand, tap, project] = [
        make([1, 1, width, wide], width),
        make([5, 5, wide, 1], 25),
        make([1, 1, wide, width], wide),
      ];
      const norms = [norm(wide), norm(wide), norm(width)];
      const x = tf.tensor(values(batch * side * side * width, 6), [batch, side, side, width]);
      const y = tf.tensor(values(batch * side * side * width, 7), [batch, side, side, width]);
      return training(variables, ops.sgd(variables, 0.01), () => {
        let h = tf.relu6(ops.batchNorm(tf.conv2d(x, expand, 1, 'same'), ...norms[0]));
        h = tf.relu6(ops.batchNorm(tf.depthwiseConv2d(h, tap, 1, 'same'), ...norms[1]));
        h = ops.batchNorm(tf.conv2d(h, project, 1, 'same'), ...norms[2]);
        return tf.mean(tf.square(tf.sub(tf.add(x, h), y)));
      });
    },

    resnet50Forward224: () => resnet50(224, 1, false),
    resnet50Step96: () => resnet50(96, 4, true),
    resnet50Step224: () => resnet50(224, 1, true),

    adam1M() {
      const { variables, make } = parameters();
      for (let i = 0; i < 20; i++) make([50, 1000], 50);
      const gradients = new Map(
        [...variables.keys()].map((path, i) => [path, tf.tensor(values(50000, 70 + i), [50, 1000])]),
      );
      const optimizer = ops.adam(variables, 1e-3);
      const last = variables.get('v19');
      return async () => {
        optimizer.step(gradients);
        const corner = tf.slice(last, [0, 0], [1, 1]);
        const [result] = await corner.data();
        corner.dispose();
        return result;
      };
    },

    matMul1024() {
      const [a, b] = [8, 9].map((seed) => tf.tensor(values(1024 ** 2, seed), [1024, 1024]));
      return async () => {
        const product = tf.matMul(a, b);
        const corner = tf.slice(product, [0, 0], [1, 1]);
        const [result] = await corner.data();
        tf.dispose([product, corner]);
        return result;
      };
    },
  };

  /** Batch norm from the batch while training; folded into a bias for the forward pass, as deployed models are. */
  function resnet50(side, batch, train) {
    const { variables, make } = parameters();
    const layer = (inside, out, kernel) => ({
      filter: make([kernel, kernel, inside, out], kernel * kernel * inside),
      gain: make([out], 1, 1),
      bias: make([out], 1, 0),
    });
    const stem = layer(3, 64, 7);
    const blocks = [];
    let inside = 64;
    for (const [width, count, stride] of [
      [64, 3, 1],
      [128, 4, 2],
      [256, 6, 2],
      [512, 3, 2],
    ]) {
      for (let i = 0; i < count; i++) {
        const layers = [layer(inside, width, 1), layer(width, width, 3), layer(width, 4 * width, 1)];
        const shortcut = i === 0 ? layer(inside, 4 * width, 1) : undefined;
        blocks.push({ layers, shortcut, stride: i === 0 ? stride : 1 });
        inside = 4 * width;
      }
    }
    const [w, b] = [make([1000, 2048], 2048), make([1000], 1, 0)];
    const x = tf.tensor(values(batch * side * side * 3, 7), [batch, side, side, 3]);
    const labels = tf.tensor1d(
      Int32Array.from({ length: batch }, (_, i) => i * 17),
      'int32',
    );
    const apply = (h, { filter, gain, bias }, strides, active) => {
      if (!train) {
        return tf.fused.conv2d({
          x: h,
          filter,
          strides,
          pad: 'same',
          bias,
          activation: active ? 'relu' : 'linear',
        });
      }
      const normal = ops.batchNorm(tf.conv2d(h, filter, strides, 'same'), gain, bias);
      return active ? tf.relu(normal) : normal;
    };
    const logits = () => {
      let h = tf.maxPool(apply(x, stem, 2, true), 3, 2, 'same');
      for (const { layers, shortcut, stride } of blocks) {
        const kept = shortcut ? apply(h, shortcut, stride, false) : h;
        const narrow = apply(apply(h, layers[0], 1, true), layers[1], stride, true);
        h = tf.relu(tf.add(kept, apply(narrow, layers[2], 1, false)));
      }
      return ops.linear(tf.mean(h, [1, 2]), w, b, 'linear');
    };
    if (train) return training(variables, ops.sgd(variables, 0.01), () => ops.crossEntropy(logits(), labels));
    return async () => {
      const y = tf.tidy(logits);
      const [result] = await y.data();
      y.dispose();
      return result;
    };
  }
}

/** Layers and optimizers as one writes them with stock TensorFlow.js. */
export function stockOps(tf) {
  const byName = (make) => (variables, rate) => {
    const optimizer = make(rate);
    return {
      step: (gradients) =>
        optimizer.applyGradients(
          Object.fromEntries([...gradients].map(([path, gradient]) => [variables.get(path).name, gradient])),
        ),
    };
  };
  return {
    linear(x, w, b, activation) {
      const flat = tf.reshape(x, [-1, w.shape[1]]);
      const y = tf.reshape(tf.add(tf.matMul(flat, w, false, true), b), [...x.shape.slice(0, -1), w.shape[0]]);
      return activation === 'relu' ? tf.relu(y) : y;
    },
    layerNorm(x, gain, bias) {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5));
      return tf.add(tf.mul(tf.mul(centred, scale), gain), bias);
    },
    gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2)))),
    batchNorm(x, gain, bias) {
      const axes = [0, 1, 2];
      const centred = tf.sub(x, tf.mean(x, axes));
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes), 1e-5));
      return tf.add(tf.mul(tf.mul(centred, scale), gain), bias);
    },
    crossEntropy: (logits, labels) =>
      tf.neg(tf.mean(tf.sum(tf.mul(tf.oneHot(labels, logits.shape[1]), tf.logSoftmax(logits)), 1))),
    maskedError: (p, t, mask) => tf.div(tf.sum(tf.mul(mask, tf.square(tf.sub(p, t)))), tf.sum(mask)),
    adam: byName((rate) => tf.train.adam(rate, 0.9, 0.999, 1e-8)),
    sgd: byName((rate) => tf.train.sgd(rate)),
  };
}

/** The same through @warmstart/kernels, whose optimizer kernels those of @warmstart/training look up. */
export function ourOps(kernels) {
  return {
    linear: kernels.linear,
    layerNorm: kernels.layerNorm,
    gelu: kernels.gelu,
    batchNorm: (x, gain, bias) => kernels.batchNormTraining(x, gain, bias).output,
    crossEntropy: kernels.softmaxCrossEntropy,
    maskedError: kernels.maskedMeanSquaredError,
    adam: (variables, learningRate) => adamW({ variables, learningRate }),
    sgd: (variables, learningRate) => sgd({ variables, learningRate }),
  };
}
