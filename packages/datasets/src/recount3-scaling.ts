import type { Batch, Columns, Schema } from './columns.js';
import type { MapBatch, MapOptions } from './stages/map.js';

const targetSize = 4e7;

/**
 * The factor that makes a sample's summed coverage that of 40 million reads of 100 bases, from its own total.
 *
 * @see recount3 R package, `compute_scale_factors(by = "auc")`
 */
export function aucScale({ auc }: { readonly auc: number }): number {
  return targetSize / auc;
}

/**
 * The same from mapped reads and their length.
 *
 * @param sample.readLength - average mapped length, of both mates together if paired
 * @see recount3 R package, `compute_scale_factors(by = "mapped_reads")`
 */
export function mappedReadsScale(sample: {
  readonly mappedReads: number;
  readonly readLength: number;
  readonly pairedEnd: boolean;
}): number {
  const { mappedReads, readLength, pairedEnd } = sample;
  return (targetSize * 100 * (pairedEnd ? 2 : 1)) / (mappedReads * readLength ** 2);
}

/**
 * Scales recount3's `samples`, for `Dataset.map(...scaleSamples('auc'))`: float64 sums become float32
 * features, alike across samples.
 *
 * @param by - `auc`, `mapped-reads`, or `reads` for read counts (sums divided by read length)
 * @throws RangeError for a sample whose metadata do not say what is needed
 */
export function scaleSamples(
  by: 'auc' | 'mapped-reads' | 'reads',
): [MapBatch<Columns, Columns>, MapOptions<Columns, Columns>] {
  const scale = (batch: Batch, row: number) => {
    const number = (name: string) => Number(batch.columns[name]?.[row]);
    if (by === 'auc') return aucScale({ auc: number('auc') });
    if (by === 'reads') return 1 / number('readLength');
    const pairedEnd = number('pairedEnd');
    if (Number.isNaN(pairedEnd)) return Number.NaN;
    return mappedReadsScale({
      mappedReads: number('mappedReads'),
      readLength: number('readLength'),
      pairedEnd: pairedEnd === 1,
    });
  };
  const change: MapBatch<Columns, Columns> = (batch) => {
    const sums = batch.columns.features as Float64Array; // the schema of the samples split
    const features = new Float32Array(sums.length);
    const width = sums.length / batch.rowCount;
    for (let row = 0; row < batch.rowCount; row++) {
      const factor = scale(batch, row);
      if (!(factor > 0 && Number.isFinite(factor))) {
        const sample = String(batch.columns.sample?.[row]);
        throw new RangeError(
          `scaleSamples: ${sample} has no metadata to scale it by ${by}. Put its recount_qc and recount_seq_qc tables beside the sums.`,
        );
      }
      for (let i = row * width; i < (row + 1) * width; i++) features[i] = (sums[i] as number) * factor;
    }
    return { ...batch.columns, features };
  };
  const schema = (old: Schema) => ({
    ...old,
    features: { ...old.features, dtype: 'float32', shape: old.features?.shape ?? [] } as const,
  });
  return [change, { schema }];
}
