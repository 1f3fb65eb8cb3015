import type { Batch, ColumnData, Columns, Schema } from '../columns.js';
import { DatasetError } from '../errors.js';
import type { DataEvent } from '../events.js';
import type { MapBatch, MapContext, MapOptions } from '../stages/map.js';
import { centerCrop, resizeShorterSide } from './resize.js';
import type { RgbImage } from './rgb-image.js';

/** Decodes one image file: `sharpDecoder` on Node, `canvasDecoder` in browsers, or one of your own. */
export type ImageDecoder = (bytes: Uint8Array) => Promise<RgbImage>;

/** What decoders do about the turn that a camera notes beside the pixels. */
export interface OrientationOptions {
  /**
   * `upright`, the default: images are turned as their EXIF orientation says, which is how people see them; `stored`:
   * they stay as their pixels are stored, as in Pillow and torchvision.
   */
  readonly orientation?: 'upright' | 'stored';
}

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
  /**
   * A file that does not decode is an `error` that names it (default); or its row is left out (`skip`), with a warning
   * `unreadable-image` that names it: count them by `onEvent`.
   */
  readonly unreadable?: 'error' | 'skip';
  readonly onEvent?: (event: DataEvent) => void;
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
  const { size, decoder, concurrency = 2, unreadable = 'error' } = options;
  if (typeof decoder !== 'function') {
    const got = (decoder as unknown) instanceof Promise ? 'a promise' : typeof decoder;
    throw new TypeError(
      `decodeImages: decoder must be a function, got ${got}. Give await sharpDecoder() on Node, canvasDecoder() in browsers.`,
    );
  }
  const change: MapBatch<Columns, Columns> = async (batch, context) => {
    const files = batch.columns.image;
    if (!Array.isArray(files))
      throw new TypeError('decodeImages: the column "image" must hold image files, got pixels or none.');
    const image = new Uint8Array(files.length * size * size * 3);
    const kept: number[] = [];
    for (const [row, file] of (files as Uint8Array[]).entries()) {
      const decoded = await decodeOne(file, { row, batch, context }, options);
      if (decoded === undefined) continue;
      image.set(decoded, kept.length * size * size * 3);
      kept.push(row);
    }
    if (kept.length === files.length) return { ...batch.columns, image };
    return { ...keepRows(batch, kept), image: image.slice(0, kept.length * size * size * 3) };
  };
  const schema = (old: Schema) => ({ ...old, image: { dtype: 'uint8', shape: [size, size, 3] } as const });
  return [change, { schema, concurrency, rows: unreadable === 'skip' ? 'fewer' : 'same' }];
}

/** Pixels of one image; undefined for one that is to be left out. */
async function decodeOne(
  bytes: Uint8Array,
  place: { readonly row: number; readonly batch: Batch; readonly context: MapContext },
  options: DecodeOptions,
): Promise<Uint8Array | undefined> {
  const { size, decoder, onEvent, shorterSide = Math.round((size * 256) / 224) } = options;
  const { row, batch, context } = place;
  const path = batch.columns.path?.[row];
  const where = {
    file: typeof path === 'string' ? path : undefined,
    record: typeof path === 'string' ? undefined : context.firstRow + row + 1,
  };
  let decoded: RgbImage;
  try {
    decoded = await decoder(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const remedy = options.unreadable === undefined ? " Mend it, or pass unreadable: 'skip'." : '';
    const message = `decodeImages: an image must decode, got ${reason.replace(/\.$/, '')}.${remedy}`;
    const error = new DatasetError('malformed', message, where, { cause });
    if (options.unreadable !== 'skip') throw error;
    warn(onEvent, 'unreadable-image', error.message, where.file);
    return undefined;
  }
  if (decoded.convertedFrom !== undefined)
    warn(
      onEvent,
      'cmyk-image',
      `decodeImages: ${where.file ?? `image ${where.record}`} holds CMYK colours; red, green and blue are an estimate.`,
      where.file,
    );
  const changed =
    options.change?.(decoded, row, context) ?? centerCrop(resizeShorterSide(decoded, shorterSide), size);
  if (changed.width === size && changed.height === size) return changed.data;
  throw new RangeError(
    `decodeImages: change must give ${size} × ${size}, got ${changed.width} × ${changed.height}.`,
  );
}

function warn(
  onEvent: DecodeOptions['onEvent'],
  code: 'unreadable-image' | 'cmyk-image',
  message: string,
  file: string | undefined,
): void {
  onEvent?.({ type: 'warning', code, message, ...(file === undefined ? {} : { file }) });
}

/** The rows that decoded, of every column but the image. */
function keepRows({ columns, rowCount }: Batch, kept: readonly number[]): Columns {
  const keep = (data: ColumnData): ColumnData => {
    if (Array.isArray(data)) return kept.map((row) => data[row]) as string[] | Uint8Array[];
    const width = data.length / rowCount;
    const rows = data.slice(0, kept.length * width);
    for (const [to, row] of kept.entries())
      rows.set(data.subarray(row * width, (row + 1) * width), to * width);
    return rows;
  };
  return Object.fromEntries(
    Object.entries(columns).flatMap(([name, data]) => (name === 'image' ? [] : [[name, keep(data)]])),
  );
}
