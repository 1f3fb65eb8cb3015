import type { Columns, Schema } from '../columns.js';
import { DatasetError } from '../errors.js';
import type { MapBatch, MapContext, MapOptions } from '../stages/map.js';
import { centerCrop, resizeShorterSide } from './resize.js';
import type { RgbImage } from './rgb-image.js';

/** Decodes one image file: `sharpDecoder` on Node, `canvasDecoder` in browsers, or one of your own. */
export type ImageDecoder = (bytes: Uint8Array) => Promise<RgbImage>;

export interface DecodeOptions {
  readonly decoder: ImageDecoder;
  /** Every image comes out as [size, size, 3]. */
  readonly size: number;
  /** The shorter side is brought to this before the crop. Default `size` × 256 / 224, rounded. */
  readonly shorterSide?: number;
  /** In place of resizing and cropping the middle: a change of the whole image, e.g. a random crop. */
  readonly change?: (image: RgbImage, row: number, context: MapContext) => RgbImage;
  /** Batches decoded at once. Default 2. */
  readonly concurrency?: number;
}

/**
 * Image files to pixels of one size, for `dataset.map(...decodeImages({ … }))`: column `image` becomes
 * uint8 [rows, size, size, 3].
 *
 * @throws DatasetError `malformed` for a file that does not decode
 */
export function decodeImages(
  options: DecodeOptions,
): [MapBatch<Columns, Columns>, MapOptions<Columns, Columns>] {
  const { size, decoder, concurrency = 2, shorterSide = Math.round((size * 256) / 224) } = options;
  if (typeof decoder !== 'function') {
    const got = (decoder as unknown) instanceof Promise ? 'a promise' : typeof decoder;
    throw new TypeError(
      `decodeImages: decoder must be a function, got ${got}. Give await sharpDecoder() on Node, canvasDecoder() in browsers.`,
    );
  }
  const usual = (image: RgbImage) => centerCrop(resizeShorterSide(image, shorterSide), size);
  const change: MapBatch<Columns, Columns> = async (batch, context) => {
    const files = batch.columns.image;
    if (!Array.isArray(files))
      throw new TypeError('decodeImages: the column "image" must hold image files, got pixels or none.');
    const image = new Uint8Array(files.length * size * size * 3);
    for (const [row, file] of (files as Uint8Array[]).entries()) {
      const decoded = await decoder(file).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const message = `decodeImages: an image must decode, got ${reason}.`;
        throw new DatasetError('malformed', message, { record: context.firstRow + row + 1 }, { cause });
      });
      const changed = options.change?.(decoded, row, context) ?? usual(decoded);
      if (changed.width !== size || changed.height !== size) {
        throw new RangeError(
          `decodeImages: change must give ${size} × ${size}, got ${changed.width} × ${changed.height}.`,
        );
      }
      image.set(changed.data, row * size * size * 3);
    }
    return { ...batch.columns, image };
  };
  const schema = (old: Schema) => ({ ...old, image: { dtype: 'uint8', shape: [size, size, 3] } as const });
  return [change, { schema, concurrency }];
}
