/** Numbers on the host, [exampleCount, featureCount]. */
export interface Features {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** Centre and spread of each feature. */
export interface FeatureScale {
  mean: Float64Array;
  deviation: Float64Array;
}

/**
 * Mean and standard deviation of each feature; a constant feature gets deviation 1.
 *
 * Take it from all rows there are, labelled or not, but never from test rows.
 */
export function featureScale(features: Features): FeatureScale {
  const { rows, width } = sizeOf('featureScale', features);
  const { data } = features;
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++)
      add(mean, column, (data[row * width + column] as number) / rows);
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      add(deviation, column, ((data[row * width + column] as number) - (mean[column] as number)) ** 2 / rows);
    }
  }
  return { mean, deviation: deviation.map((variance) => (variance < 1e-12 ? 1 : Math.sqrt(variance))) };
}

/** @throws RangeError unless the features are [at least 1, at least 1] and finite */
export function sizeOf(name: string, features: Features): { rows: number; width: number } {
  if (!Array.isArray(features?.shape) || typeof features.data === 'function') {
    throw new TypeError(
      `${name}: features must be { data, shape } on the host. Of a tensor x, give { data: await x.data(), shape: x.shape }.`,
    );
  }
  const [rows = 0, width = 0] = features.shape;
  if (features.shape.length !== 2 || rows < 1 || width < 1 || rows * width !== features.data.length) {
    throw new RangeError(
      `${name}: features must be [exampleCount, featureCount], got [${features.shape}] with ${features.data.length} numbers.`,
    );
  }
  for (let index = 0; index < features.data.length; index++) {
    if (!Number.isFinite(features.data[index])) {
      throw new RangeError(
        `${name}: features must be finite, got ${features.data[index]} in row ${Math.floor(index / width)}, ` +
          `column ${index % width}.`,
      );
    }
  }
  return { rows, width };
}

/** @throws RangeError for a scale of another number of features */
export function scaleFor(
  name: string,
  scale: FeatureScale | 'rows' | 'none',
  features: Features,
  width: number,
): FeatureScale {
  if (scale === 'rows') return featureScale(features);
  if (scale === 'none') return { mean: new Float64Array(width), deviation: new Float64Array(width).fill(1) };
  if (scale.mean.length === width && scale.deviation.length === width) return scale;
  throw new RangeError(`${name}: scale must have ${width} features, got ${scale.mean.length}.`);
}

/** A copy in float64, centred and divided by its spread: [exampleCount, featureCount]. */
export function standardised(features: Features, scale: FeatureScale): Float64Array {
  const { data } = features;
  const width = scale.mean.length;
  const copy = new Float64Array(data.length);
  for (let index = 0, column = 0; index < data.length; index++) {
    copy[index] =
      ((data[index] as number) - (scale.mean[column] as number)) / (scale.deviation[column] as number);
    column = column + 1 === width ? 0 : column + 1;
  }
  return copy;
}

function add(to: Float64Array, index: number, value: number): void {
  to[index] = (to[index] as number) + value;
}
