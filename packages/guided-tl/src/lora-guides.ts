import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { listSome } from './state-dict.js';

/** What {@link guideRanks} takes. */
export interface RankOptions {
  /** Mean rank over the tensors, ≥ 1. */
  meanRank: number;
  /** Ranks lie in [minimum, maximum]; tensors below the minimum get it. Default 0 and no limit. */
  minimum?: number;
  maximum?: number;
}

/**
 * LoRA ranks by how free the guides leave each matrix: in proportion to the mean guide, so that what must not
 * move gets no adapter at all.
 *
 * @param guides - only those of rank 2 count
 * @returns a rank per key; at most the smaller side of the matrix
 * @throws RangeError if there is no matrix
 * @see Hu et al. 2021, LoRA, arXiv 2106.09685
 */
export function guideRanks(
  guides: ReadonlyMap<string, NamedTensor>,
  options: RankOptions,
): Map<string, number> {
  const { meanRank, minimum = 0, maximum = Number.POSITIVE_INFINITY } = options;
  const matrices = [...guides].filter(([, { shape }]) => shape.length === 2);
  if (matrices.length === 0 || !(meanRank >= 1)) {
    throw new RangeError(
      `guideRanks: there must be a matrix and a mean rank ≥ 1, got ${matrices.length} matrices in ${listSome([...guides.keys()])} and ${meanRank}.`,
    );
  }
  const means = matrices.map(([, { data }]) => meanOf(data as Float32Array));
  const all = meanOf(Float64Array.from(means)) || 1;
  return new Map(
    matrices.map(([key, { shape }], i) => {
      const rank = Math.round((meanRank * (means[i] ?? 0)) / all);
      return [key, Math.min(Math.max(rank, minimum), maximum, ...shape)];
    }),
  );
}

/**
 * Guides for LoRA's factors, whose product moves a weight about as much as its own guide allows: A gets the
 * mean guide of each column, B that of each row, each divided by the root of the matrix's mean.
 *
 * @param ranks - e.g. from {@link guideRanks}; keys end in `.weight`; rank 0 is left out
 * @returns `<layer>.lora_A.weight` [rank, in] and `<layer>.lora_B.weight` [out, rank], as PEFT names them
 * @throws RangeError if a key has no guide of rank 2
 */
export function loraGuides(
  guides: ReadonlyMap<string, NamedTensor>,
  ranks: ReadonlyMap<string, number>,
): StateDict {
  const factors: StateDict = new Map();
  for (const [key, rank] of ranks) {
    const guide = guides.get(key);
    if (guide?.shape.length !== 2) {
      throw new RangeError(
        `loraGuides: ${key} must have a guide of rank 2, got ${guide ? `[${guide.shape}]` : 'none'}.`,
      );
    }
    if (rank === 0) continue;
    const [outputs = 0, inputs = 0] = guide.shape;
    const data = guide.data as Float32Array;
    const root = Math.sqrt(meanOf(data)) || 1;
    const down = new Float32Array(rank * inputs);
    const up = new Float32Array(outputs * rank);
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let o = 0; o < outputs; o++) sum += data[o * inputs + i] ?? 0;
      for (let r = 0; r < rank; r++) down[r * inputs + i] = sum / outputs / root;
    }
    for (let o = 0; o < outputs; o++) {
      up.fill(meanOf(data.subarray(o * inputs, (o + 1) * inputs)) / root, o * rank, (o + 1) * rank);
    }
    const layer = key.replace(/\.weight$/, '');
    factors.set(`${layer}.lora_A.weight`, { dtype: 'float32', shape: [rank, inputs], data: down });
    factors.set(`${layer}.lora_B.weight`, { dtype: 'float32', shape: [outputs, rank], data: up });
  }
  return factors;
}

function meanOf(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length > 0 ? sum / values.length : 0;
}
