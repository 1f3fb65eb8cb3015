import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { loadStateDict } from '@warmstart/core-checkpoint';
import { crossEntropy, Linear } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromKerasInceptionV3 } from './convert/keras-inception.js';
import { imagePreparation, prepareImages } from './preprocess/image-input.js';
import { type InceptionV3, inceptionV3 } from './vision/inception-v3.js';

// Inception v3 as the package nsfwjs (MIT) carries it: quantized to 8 bits, in modules of base64.
const require = createRequire(import.meta.url);
const folder = join(dirname(require.resolve('nsfwjs')).replace(/dist.*$/, 'dist'), 'models/inception_v3');

interface Manifest {
  weightsManifest: {
    weights: {
      name: string;
      shape: number[];
      dtype: string;
      quantization?: { scale: number; min: number; dtype: string };
    }[];
  }[];
}

function readModule<Found>(file: string, isFound: (value: unknown) => boolean): Found {
  const module = { exports: {} as unknown };
  new Function('module', 'exports', readFileSync(join(folder, file), 'utf8'))(module, module.exports);
  const search = (value: unknown): unknown => {
    if (isFound(value)) return value;
    if (value === null || typeof value !== 'object') return undefined;
    return Object.values(value)
      .map(search)
      .find((found) => found !== undefined);
  };
  return search(module.exports) as Found;
}

function readPackage(): { manifest: Manifest; bytes: Uint8Array<ArrayBuffer>; weights: StateDict } {
  const manifest = readModule<Manifest>(
    'model.min.js',
    (value) => !!value && typeof value === 'object' && 'weightsManifest' in value,
  );
  const shards = [1, 2, 3, 4, 5, 6].map((i) =>
    Buffer.from(
      readModule<string>(`group1-shard${i}of6.min.js`, (value) => typeof value === 'string'),
      'base64',
    ),
  );
  const bytes = new Uint8Array(Buffer.concat(shards));
  const weights: StateDict = new Map();
  let offset = 0;
  for (const { name, shape, quantization } of manifest.weightsManifest.flatMap((group) => group.weights)) {
    const size = shape.reduce((product, length) => product * length, 1);
    if (quantization?.dtype !== 'uint8') throw new Error(`${name} is not quantized to bytes`);
    const { scale, min } = quantization;
    const data = Float32Array.from(bytes.subarray(offset, offset + size), (byte) => byte * scale + min);
    offset += size;
    weights.set(name, { dtype: 'float32', shape, data });
  }
  return { manifest, bytes, weights };
}

/** Drawn images of 150 × 150: stripes lying down, stripes standing, and discs. */
function drawn(kind: number, count: number, random: () => number): tf.Tensor {
  const side = 150;
  const values = new Float32Array(count * side * side * 3);
  for (let image = 0; image < count; image++) {
    const period = 12 + 14 * random();
    const phase = random() * period;
    const colour = [random(), random(), random()].map((channel) => 80 + 175 * channel);
    const [middleY, middleX, radius] = [50 + 50 * random(), 50 + 50 * random(), 20 + 25 * random()];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const stripe = (((kind === 0 ? y : x) + phase) % period) / period > 0.5;
        const isOn = kind < 2 ? stripe : Math.hypot(y - middleY, x - middleX) < radius;
        const at = ((image * side + y) * side + x) * 3;
        for (let c = 0; c < 3; c++)
          values[at + c] = Math.min(255, (isOn ? (colour[c] as number) : 30) + 20 * random());
      }
    }
  }
  return tf.tensor4d(values, [count, side, side, 3]);
}

describe('Inception v3 with real weights', () => {
  const { manifest, bytes, weights } = readPackage();
  let model: InceptionV3;

  beforeAll(async () => {
    await tf.setBackend('wasm');
    model = inceptionV3({ auxiliary: false, countIncludePad: false, random: seededRandom(1) });
    const report = loadStateDict(model, fromKerasInceptionV3(weights), { strict: false });
    expect(report.missing).toEqual(['fc.weight', 'fc.bias']);
    expect(report.unexpected).toEqual([]);
  });

  it('gives the features that TensorFlow.js computes from the original graph', {
    timeout: 120_000,
  }, async () => {
    const x = tf.tidy(() => tf.sin(tf.reshape(tf.mul(tf.range(0, 299 * 299 * 3), 0.0137), [1, 299, 299, 3])));
    const specs = manifest.weightsManifest.flatMap((group) => group.weights);
    const layers = await tf.loadLayersModel({
      load: async () => ({
        modelTopology: (manifest as unknown as { modelTopology: object }).modelTopology,
        weightSpecs: specs as tf.io.WeightsManifestEntry[],
        weightData: bytes.buffer,
      }),
    });
    const mixed = layers.layers.find(({ name }) => /mixed10$/.test(name)) as tf.layers.Layer;
    const original = tf.model({ inputs: layers.inputs, outputs: mixed.output as tf.SymbolicTensor });
    const expected = tf.tidy(() => tf.mean(original.predict(x) as tf.Tensor, [1, 2]));
    const got = model.features(x);
    const worst = tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(got, expected))), tf.max(tf.abs(expected))));
    expect((await worst.data())[0]).toBeLessThan(1e-4);
    tf.dispose([x, expected, got, worst]);
    layers.dispose();
  });

  it('tells three kinds of drawings apart from four examples each', { timeout: 120_000 }, async () => {
    const preparation = { ...imagePreparation('keras_inception_v3'), resizeTo: 107, cropTo: 107 };
    const random = seededRandom(7, 'drawings');
    const featuresOf = (count: number) =>
      tf.tidy(() =>
        tf.concat(
          [0, 1, 2].map((kind) => model.features(prepareImages(drawn(kind, count, random), preparation))),
        ),
      );
    const [seen, unseen] = [featuresOf(4), featuresOf(5)]; // the frozen trunk runs once; only the head learns
    const labelsOf = (count: number) =>
      tf.tensor1d(
        [0, 1, 2].flatMap((kind) => new Array<number>(count).fill(kind)),
        'int32',
      );
    const head = new Linear(model.featureCount, 3, { random: seededRandom(7, 'head') });
    const optimizer = tf.train.adam(0.01, 0.9, 0.999, 1e-7);
    const labels = labelsOf(4);
    for (let step = 0; step < 60; step++) optimizer.minimize(() => crossEntropy(head.call(seen), labels));
    const right = tf.tidy(() =>
      tf.mean(tf.cast(tf.equal(tf.argMax(head.call(unseen), 1), labelsOf(5)), 'float32')),
    );
    expect((await right.data())[0]).toBeGreaterThan(0.9);
    model.dispose();
  });
});
