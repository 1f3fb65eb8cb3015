import type { Columns, Schema } from '../columns.js';
import type { MapBatch, MapOptions } from '../stages/map.js';

/** Per channel, of pixels from 0 to 1. */
export interface ChannelStatistics {
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

/** What models trained on ImageNet expect; torchvision's numbers. */
export const imagenetStatistics: ChannelStatistics = {
  mean: [0.485, 0.456, 0.406],
  deviation: [0.229, 0.224, 0.225],
};

/**
 * Pixels to what a model expects, for `dataset.map(...normalizeImages())`: uint8 [rows, height, width, 3]
 * becomes float32, (value / 255 − mean) / deviation.
 *
 * @param statistics - default those of ImageNet
 * @param column - default `image`
 */
export function normalizeImages(
  statistics: ChannelStatistics = imagenetStatistics,
  column = 'image',
): [MapBatch<Columns, Columns>, MapOptions<Columns, Columns>] {
  // 256 values a channel are few enough to look up, in one array so that the loop stays simple
  const table = new Float32Array(768);
  for (let i = 0; i < table.length; i++) {
    const [mean, deviation] = [statistics.mean[i >> 8] as number, statistics.deviation[i >> 8] as number];
    table[i] = ((i & 255) / 255 - mean) / deviation;
  }
  const change: MapBatch<Columns, Columns> = ({ columns }) => {
    const pixels = columns[column];
    if (!(pixels instanceof Uint8Array)) {
      throw new TypeError(
        `normalizeImages: the column "${column}" must hold pixels (uint8). Decode image files first.`,
      );
    }
    return { ...columns, [column]: lookUp(pixels, table) };
  };
  const schema = (old: Schema) => ({
    ...old,
    [column]: { ...old[column], dtype: 'float32', shape: old[column]?.shape ?? [] } as const,
  });
  return [change, { schema }];
}

function lookUp(pixels: Uint8Array, table: Float32Array): Float32Array {
  const values = new Float32Array(pixels.length);
  for (let i = 0, end = pixels.length; i < end; i += 3) {
    values[i] = table[pixels[i] as number] as number;
    values[i + 1] = table[(pixels[i + 1] as number) | 256] as number;
    values[i + 2] = table[(pixels[i + 2] as number) | 512] as number;
  }
  return values;
}
