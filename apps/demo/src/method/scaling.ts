/** How the columns of a table were brought to one size. */
export interface Scaling {
  mean: Float32Array;
  /** 0 where a column never changes */
  spread: Float32Array;
  /** of many rows at once: centred, divided by the spread, clipped at 8 deviations */
  apply: (values: Float32Array) => Float32Array;
}

const clipAt = 8;

/** @param features - [rowCount, width] */
export function scalingOf(features: Float32Array, rowCount: number, width: number): Scaling {
  const [mean, variance] = [new Float64Array(width), new Float64Array(width)];
  for (let i = 0; i < features.length; i++)
    mean[i % width] = (mean[i % width] as number) + (features[i] as number) / rowCount;
  for (let i = 0; i < features.length; i++) {
    const away = (features[i] as number) - (mean[i % width] as number);
    variance[i % width] = (variance[i % width] as number) + (away * away) / rowCount;
  }
  const scale = variance.map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0));
  return {
    mean: Float32Array.from(mean),
    spread: Float32Array.from(variance, Math.sqrt),
    apply: (values) =>
      values.map((value, i) => {
        const scaled = (value - (mean[i % width] as number)) * (scale[i % width] as number);
        return Math.max(-clipAt, Math.min(clipAt, scaled));
      }),
  };
}
