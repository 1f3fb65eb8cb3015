import type { Random } from '@warmstart/shapes';
import type { FeatureRows } from './principal-components.js';

/**
 * Rows in groups of near ones: k-means++ starts, then Lloyd's steps until nothing changes. A cluster that
 * loses all its rows restarts at the row farthest from its centre.
 *
 * @param clusters - an integer in [1, rows]
 * @returns the cluster of each row, from 0
 * @throws RangeError if `clusters` is out of range
 * @see Arthur & Vassilvitskii 2007, k-means++: The Advantages of Careful Seeding
 */
export function kMeans(
  { shape: [rows, width], data }: FeatureRows,
  clusters: number,
  random: Random,
): Int32Array {
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > rows) {
    throw new RangeError(
      `kMeans: clusters must be an integer in [1, ${rows}], the rows there are, got ${clusters}.`,
    );
  }
  const centres = startCentres(data, rows, width, clusters, random);
  const assigned = new Int32Array(rows).fill(-1);
  const distances = new Float64Array(rows);
  for (let step = 0; step < 100; step++) {
    if (!assign(data, width, centres, assigned, distances)) break;
    recentre(data, width, centres, assigned, distances);
  }
  return assigned;
}

function startCentres(
  data: FeatureRows['data'],
  rows: number,
  width: number,
  clusters: number,
  random: Random,
): Float64Array {
  const centres = new Float64Array(clusters * width);
  const nearest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  let chosen = Math.floor(random() * rows);
  for (let cluster = 0; cluster < clusters; cluster++) {
    centres.set(data.subarray(chosen * width, (chosen + 1) * width), cluster * width);
    let total = 0;
    for (let row = 0; row < rows; row++) {
      nearest[row] = Math.min(nearest[row] ?? 0, squaredDistance(data, row, centres, cluster, width));
      total += nearest[row] ?? 0;
    }
    chosen = drawByWeight(nearest, total, random);
  }
  return centres;
}

/** A position with probability proportional to its weight; any if all are 0. */
function drawByWeight(weights: Float64Array, total: number, random: Random): number {
  if (!(total > 0)) return Math.floor(random() * weights.length);
  let left = random() * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return i;
  }
  return weights.length - 1;
}

/** Each row to its nearest centre, the first of equals; whether any row changed. */
function assign(
  data: FeatureRows['data'],
  width: number,
  centres: Float64Array,
  assigned: Int32Array,
  distances: Float64Array,
): boolean {
  let hasChanged = false;
  for (let row = 0; row < assigned.length; row++) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let cluster = 0; cluster < centres.length / width; cluster++) {
      const distance = squaredDistance(data, row, centres, cluster, width);
      if (distance < least) [best, least] = [cluster, distance];
    }
    if (assigned[row] !== best) hasChanged = true;
    assigned[row] = best;
    distances[row] = least;
  }
  return hasChanged;
}

function recentre(
  data: FeatureRows['data'],
  width: number,
  centres: Float64Array,
  assigned: Int32Array,
  distances: Float64Array,
): void {
  const counts = new Int32Array(centres.length / width);
  centres.fill(0);
  assigned.forEach((cluster, row) => {
    counts[cluster] = (counts[cluster] ?? 0) + 1;
    for (let j = 0; j < width; j++) {
      centres[cluster * width + j] = (centres[cluster * width + j] ?? 0) + (data[row * width + j] ?? 0);
    }
  });
  counts.forEach((count, cluster) => {
    if (count > 0) {
      for (let j = 0; j < width; j++)
        centres[cluster * width + j] = (centres[cluster * width + j] ?? 0) / count;
      return;
    }
    const farthest = distances.reduce(
      (best, distance, row) => (distance > (distances[best] ?? 0) ? row : best),
      0,
    );
    distances[farthest] = 0; // so that two empty clusters do not restart at the same row
    centres.set(data.subarray(farthest * width, (farthest + 1) * width), cluster * width);
  });
}

function squaredDistance(
  data: FeatureRows['data'],
  row: number,
  centres: Float64Array,
  cluster: number,
  width: number,
): number {
  let sum = 0;
  for (let j = 0; j < width; j++)
    sum += ((data[row * width + j] ?? 0) - (centres[cluster * width + j] ?? 0)) ** 2;
  return sum;
}
