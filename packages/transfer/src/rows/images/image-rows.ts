import type { Batch, Columns, Dataset, ImageDecoder, Origin, RgbImage } from '@warmstart/datasets';
import { centerCrop, DatasetError, resizeShorterSide } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { ImagesInput, InputSchema } from '../../schema/input-schema.js';
import type { OutputColumn } from '../../schema/output-schema.js';
import { refuseOtherKind } from '../other-kind.js';
import type { ColumnSummary, EncodedRows, EncodeOptions, RowIndex, Rows } from '../rows.js';

/** What {@link ImageRows} are made of. */
export interface ImageParts {
  readonly name: string;
  readonly origin: Origin;
  readonly licence?: string;
  /** Column `image`: files, or uint8 pixels [height, width, 3]. */
  readonly dataset: Dataset;
  readonly rowCount: number;
  readonly output?: OutputColumn;
  /** As in `RowIndex`. */
  readonly outputs?: Float64Array;
  readonly parts?: Uint8Array;
  readonly ids: Float64Array;
  readonly columns: readonly ColumnSummary[];
  readonly notes: readonly string[];
  readonly decoder: () => Promise<ImageDecoder>;
  /** Pixels a side of what is learned from scratch. */
  readonly size: number;
}

/** Decoded images are kept up to so many bytes, so that each file is decoded once. */
const mostKept = 512 * 2 ** 20;
const blockImages = 64;

/** Rows that are images, each as pixels of one size. */
export class ImageRows implements Rows {
  readonly kind = 'images';
  readonly name: string;
  readonly origin: Origin;
  readonly licence?: string;
  readonly rowCount: number;
  readonly columns: readonly ColumnSummary[];
  readonly output?: OutputColumn;
  readonly notes: readonly string[];
  readonly #parts: ImageParts;
  #kept: { readonly key: string; readonly pixels: (Uint8Array | undefined)[] } | undefined;

  constructor(parts: ImageParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.origin = parts.origin;
    if (parts.licence !== undefined) this.licence = parts.licence;
    this.rowCount = parts.rowCount;
    this.columns = parts.columns;
    if (parts.output !== undefined) this.output = parts.output;
    this.notes = parts.notes;
  }

  async index(): Promise<RowIndex> {
    const { ids, outputs, parts } = this.#parts;
    return { rowCount: this.rowCount, ids, ...(outputs ? { outputs } : {}), ...(parts ? { parts } : {}) };
  }

  /** Mean and deviation of red, green and blue. */
  async fitInput(rows: ArrayLike<number>, signal?: AbortSignal): Promise<InputSchema> {
    const { size } = this.#parts;
    const shape = { size, shorterSide: size, interpolation: 'bilinear' } as const;
    const sums = new Float64Array(3);
    const squares = new Float64Array(3);
    for await (const { pixels } of this.#pixels(shape, rows, blockImages, signal)) {
      for (let at = 0; at < pixels.length; at++) {
        const value = (pixels[at] as number) / 255;
        sums[at % 3] = (sums[at % 3] as number) + value;
        squares[at % 3] = (squares[at % 3] as number) + value * value;
      }
    }
    const count = Math.max(1, rows.length * size * size);
    const mean = Array.from(sums, (sum) => sum / count);
    const deviation = mean.map((one, channel) =>
      Math.sqrt(Math.max((squares[channel] as number) / count - one ** 2, 1e-6)),
    );
    return { kind: 'images', ...shape, mean, deviation };
  }

  async *encode(
    input: InputSchema,
    options: EncodeOptions = {},
  ): AsyncGenerator<EncodedRows, void, undefined> {
    if (input.kind !== 'images') throw refuseOtherKind(this.name, input.kind, 'images');
    const rows = options.rows ?? Uint32Array.from({ length: this.rowCount }, (_, row) => row);
    const { outputs } = this.#parts;
    const scale = input.deviation.map((deviation) => 1 / (255 * deviation));
    const shift = input.mean.map((mean, channel) => -mean / (input.deviation[channel] as number));
    for await (const { pixels, start, count } of this.#pixels(
      input,
      rows,
      options.blockRows ?? 256,
      options.signal,
    )) {
      const features = new Float32Array(pixels.length);
      for (let at = 0; at < pixels.length; at++)
        features[at] = (pixels[at] as number) * (scale[at % 3] as number) + (shift[at % 3] as number);
      yield {
        rowCount: count,
        features,
        ...(outputs
          ? {
              outputs: Float64Array.from(
                { length: count },
                (_, at) => outputs[rows[start + at] as number] as number,
              ),
            }
          : {}),
      };
    }
  }

  /** Pixels of some rows, in blocks; decoded images are kept while there is room. */
  async *#pixels(
    shape: Pick<ImagesInput, 'size' | 'shorterSide' | 'interpolation'>,
    rows: ArrayLike<number>,
    blockRows: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<{ pixels: Uint8Array; start: number; count: number }, void, undefined> {
    const width = shape.size * shape.size * 3;
    const kept = this.#keptFor(shape, width);
    const decoder = await this.#parts.decoder();
    for (let start = 0; start < rows.length; start += blockRows) {
      signal?.throwIfAborted();
      const some = Array.from(
        { length: Math.min(blockRows, rows.length - start) },
        (_, at) => rows[start + at] as number,
      );
      const wanted = some.filter((row) => kept?.[row] === undefined);
      const decoded = new Map(await this.#decode(wanted, shape, decoder));
      const pixels = new Uint8Array(some.length * width);
      for (const [at, row] of some.entries()) {
        const image = kept?.[row] ?? (decoded.get(row) as Uint8Array); // wanted because it was not kept
        if (kept) kept[row] = image;
        pixels.set(image, at * width);
      }
      yield { pixels, start, count: some.length };
    }
  }

  #keptFor(shape: Pick<ImagesInput, 'size' | 'shorterSide' | 'interpolation'>, width: number) {
    if (width * this.rowCount > mostKept) return undefined;
    const key = `${shape.size} ${shape.shorterSide} ${shape.interpolation}`;
    if (this.#kept?.key !== key) this.#kept = { key, pixels: new Array(this.rowCount).fill(undefined) };
    return this.#kept.pixels;
  }

  async #decode(
    rows: readonly number[],
    { size, shorterSide, interpolation }: Pick<ImagesInput, 'size' | 'shorterSide' | 'interpolation'>,
    decoder: ImageDecoder,
  ): Promise<[number, Uint8Array][]> {
    if (rows.length === 0) return [];
    const batch = await this.#parts.dataset.select(Uint32Array.from(rows)).collect();
    return Promise.all(
      rows.map(async (row, at): Promise<[number, Uint8Array]> => {
        const image = await this.#read(batch, at, decoder);
        const small = centerCrop(resizeShorterSide(image, shorterSide, interpolation), size);
        return [row, small.data];
      }),
    );
  }

  async #read(batch: Batch<Columns>, at: number, decoder: ImageDecoder): Promise<RgbImage> {
    const { bytes, shape } = imageOf(batch, at);
    if (shape !== undefined) return { height: shape[0], width: shape[1], data: bytes };
    try {
      return await decoder(bytes);
    } catch (cause) {
      const path = batch.columns.path?.[at];
      const file = typeof path === 'string' ? `${this.name}/${path}` : this.name;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new TransferError(
        'bad-value',
        `${file}: the image cannot be read: ${reason.replace(/\.$/, '')}. Remove it, or save it again as PNG or JPEG.`,
        { file, cause: cause instanceof DatasetError ? cause : undefined },
      );
    }
  }
}

/** One row's file, or its pixels and their [height, width]. */
export function imageOf(
  { columns, shapes }: Batch<Columns>,
  at: number,
): { readonly bytes: Uint8Array; readonly shape?: readonly [number, number] } {
  const image = columns.image as Uint8Array | Uint8Array[]; // what makes rows images
  if (Array.isArray(image)) return { bytes: image[at] as Uint8Array };
  const [, height = 0, width = 0] = shapes.image ?? [];
  const length = height * width * 3;
  return { bytes: image.subarray(at * length, (at + 1) * length), shape: [height, width] };
}
