import * as tf from '@tensorflow/tfjs-core';
import { normalRandom } from '@warmstart/random';
import type { Random } from '@warmstart/shapes';

/** Keeps the features of queries and keys away from zero. */
const floor = 1e-4;

/**
 * Attention whose cost grows with the length, not its square: softmax(q kᵀ / √d) is replaced by φ(q) φ(k)ᵀ
 * with positive random features φ.
 *
 * The largest key score is taken over the whole batch, as the published code does: an example's output
 * depends, by rounding and the floor of 1e-4, on the others in its batch.
 *
 * @param parts.query - [batch, heads, length, d]; key and value alike
 * @param parts.projection - [featureCount, d], see `orthogonalProjection`
 * @returns [batch, heads, length, d]
 * @see Choromanski et al. 2020, arXiv 2009.14794
 */
export function performerAttention(parts: {
  query: tf.Tensor;
  key: tf.Tensor;
  value: tf.Tensor;
  projection: tf.Tensor;
}): tf.Tensor {
  return tf.tidy(() => {
    const query = positiveFeatures(parts.query, parts.projection, 'row'); // [batch, heads, length, features]
    const key = positiveFeatures(parts.key, parts.projection, 'all');
    const total = tf.sum(key, 2, true); // [batch, heads, 1, features]
    const norm = tf.sum(tf.mul(query, total), -1, true);
    const context = tf.matMul(key, parts.value, true, false); // [batch, heads, features, d]
    return tf.div(tf.matMul(query, context), norm);
  });
}

/** exp(w·x − |x|²/2 − max) + floor, over √featureCount, of x scaled by d^(−1/4). */
function positiveFeatures(x: tf.Tensor, projection: tf.Tensor, maximumOver: 'row' | 'all'): tf.Tensor {
  const size = x.shape.at(-1) as number;
  const featureCount = projection.shape[0] as number;
  const scaled = tf.mul(x, size ** -0.25);
  const rows = tf.reshape(scaled, [-1, size]);
  const projected = tf.reshape(tf.matMul(rows, projection, false, true), [
    ...x.shape.slice(0, -1),
    featureCount,
  ]);
  const half = tf.mul(tf.sum(tf.square(scaled), -1, true), 0.5);
  const largest = maximumOver === 'row' ? tf.max(projected, -1, true) : tf.max(projected);
  const features = tf.add(tf.exp(tf.sub(tf.sub(projected, half), largest)), floor);
  return tf.mul(features, featureCount ** -0.5);
}

/**
 * Random directions for `performerAttention`: orthogonal within each block of d, with the lengths that
 * Gaussian vectors would have.
 *
 * @returns [featureCount, d], row-major
 */
export function orthogonalProjection(featureCount: number, size: number, random: Random): Float32Array {
  const draw = normalRandom(random);
  const vector = () => Float64Array.from({ length: size }, draw);
  const projection = new Float32Array(featureCount * size);
  for (let start = 0; start < featureCount; start += size) {
    const block: Float64Array[] = [];
    while (block.length < Math.min(size, featureCount - start)) {
      const candidate = vector();
      for (const other of [...block, ...block]) {
        const overlap = dot(candidate, other); // twice: once leaves rounding behind
        for (let i = 0; i < size; i++)
          candidate[i] = (candidate[i] as number) - overlap * (other[i] as number);
      }
      const length = Math.sqrt(dot(candidate, candidate));
      if (length < 1e-8) continue;
      block.push(candidate.map((value) => value / length));
    }
    for (const [index, direction] of block.entries()) {
      const reach = vector();
      const length = Math.sqrt(dot(reach, reach));
      projection.set(
        direction.map((value) => value * length),
        (start + index) * size,
      );
    }
  }
  return projection;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
