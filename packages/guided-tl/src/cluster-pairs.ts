import type { Random } from '@warmstart/shapes';
import { type ClassSubset, subsetsOf } from './class-subsets.js';
import { kMeans } from './k-means.js';
import { type FeatureRows, principalComponents } from './principal-components.js';

/** What {@link clusterPairs} takes. */
export interface ClusterPairsOptions {
  /** One row per example: the table itself, or what the base encoder makes of it. Finite. */
  features: FeatureRows;
  /** Draws in [0, 1), e.g. `seededRandom(7, 'clusters')`. */
  random: Random;
  /** Clusters, ≥ 2. */
  clusters: number;
  /** Sub-problems, each two clusters to tell apart, no pair twice. Default: all pairs. */
  pairs?: number;
  /** Principal components to cluster in, ≥ 1. Default 30. */
  components?: number;
  /** At most so many rows of a cluster in a sub-problem. Default: all. */
  rowsPerCluster?: number;
}

/**
 * Easier problems of unlabelled data: clusters, and two of them to tell apart. Columns are standardised and
 * rotated to their principal components, then clustered by k-means; the same `random` gives the same pairs.
 *
 * @throws RangeError if features are not finite, too few, or do not fall into that many clusters
 * @see Li, Nikolić et al. 2023, arXiv 2311.12045 (there: UMAP instead of principal components)
 */
export function clusterPairs(options: ClusterPairsOptions): ClassSubset[] {
  const { features, random, clusters, pairs, components = 30, rowsPerCluster } = options;
  checkFeatures(features);
  if (!Number.isInteger(clusters) || clusters < 2) {
    throw new RangeError(`clusterPairs: clusters must be an integer ≥ 2, got ${clusters}.`);
  }
  if (!Number.isInteger(components) || components < 1) {
    throw new RangeError(`clusterPairs: components must be an integer ≥ 1, got ${components}.`);
  }
  const labels = kMeans(principalComponents(features, components, random), clusters, random);
  return subsetsOf('clusterPairs', 'cluster', {
    labels,
    size: 2,
    random,
    ...(pairs === undefined ? {} : { count: pairs }),
    ...(rowsPerCluster === undefined ? {} : { rowsPerClass: rowsPerCluster }),
  });
}

function checkFeatures({ shape: [rows, columns], data }: FeatureRows): void {
  if (data.length !== rows * columns || data.length === 0) {
    throw new RangeError(
      `clusterPairs: features must hold rows × columns numbers, got ${data.length} for [${rows}, ${columns}].`,
    );
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `clusterPairs: features must be finite, got ${data[bad]} in row ${Math.floor(bad / columns)}, column ${bad % columns}. ` +
        'Fill or drop missing values first.',
    );
  }
}
