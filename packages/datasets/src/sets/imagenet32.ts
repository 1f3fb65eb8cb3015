import type { Batch, Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, OpenedSplit, ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import type { DataFiles } from '../files.js';
import { memoryFiles } from '../files.js';
import { readArrayPickle, uint8sOf } from '../formats/array-pickle.js';
import type { Member } from '../formats/member.js';
import { syntheticImagenet32 } from '../synthetic/imagenet32.js';
import { walk } from '../walk.js';
import { missing } from './find-members.js';

export interface Imagenet32Columns {
  [column: string]: Uint8Array | Uint8Array[] | Int32Array | string[];
  /** Of the batches uint8 [rows, 32, 32, 3]; of the tars a PNG file each, for `decodeImages`. */
  image: Uint8Array | Uint8Array[];
  /** Zero-based, in the devkit's order, which is not that of WordNet ids; −1 in the tars, which have none. */
  label: Int32Array;
  path: string[];
}

type Full = Schema<Imagenet32Columns>;

const [pixels, imageBytes, blockRows] = [32 * 32, 32 * 32 * 3, 256];
const patterns = {
  train: { batch: /(^|\/)train_data_batch_\d+$/, png: /(^|\/)train_(32x32|64x64)[^/]*\/.*\.png$/i },
  validation: { batch: /(^|\/)val_data$/, png: /(^|\/)valid_(32x32|64x64)[^/]*\/.*\.png$/i },
};

/** ImageNet's photographs at 32 × 32 pixels. */
export const imagenet32: DatasetDefinition<Imagenet32Columns> = {
  defaultSplit: 'train',
  small: false,
  card: {
    name: 'imagenet32',
    title: 'ImageNet, 32 × 32',
    description:
      'ILSVRC 2012 made small, in two editions: batches with classes (Chrabaszcz et al.) and tars of PNG files without (van den Oord et al.).',
    licence: 'terms of access of ImageNet: non-commercial research and education. Never downloaded for you.',
    downloadable: false,
    splits: { train: null, validation: null },
    classes: [],
    features: {
      image: 'uint8 [32, 32, 3], or PNG bytes',
      label: '1,000 classes in the devkit’s order',
      path: 'file',
    },
    source: 'https://image-net.org/download-images.php',
    citation:
      'Chrabaszcz, Loshchilov, Hutter 2017. A downsampled variant of ImageNet. arXiv 1707.08819. Van den Oord, Kalchbrenner, Kavukcuoglu 2016. Pixel recurrent neural networks. arXiv 1601.06759.',
    files: [
      {
        name: 'train_32x32.tar',
        sizeBytes: 4_113_018_880,
        sha256: '244a323d48f8d72f65ad8b54658c01fed68d2d7bdc77ccb43da58c11e94224e5',
        variant: 'tars of PNG files',
      },
      {
        name: 'valid_32x32.tar',
        sizeBytes: 161_474_560,
        sha256: '862e559462b24cf736212a19f6b0d47b55c2dc8ebdaa95ccecfe71260124c8f7',
        variant: 'tars of PNG files',
      },
    ],
    verified:
      'Sizes and digests of the tars as one other loader states them; both formats from documents. No official file was at hand.',
    offline: 'synthetic',
  },
  async open(files, options) {
    const wanted = patterns[options.split as keyof typeof patterns]; // load allows only the card's splits
    for await (const { path } of walk(files, options)) {
      if (wanted.batch.test(path)) return openBatches(files, wanted.batch, options);
      if (wanted.png.test(path)) return openImages(files, wanted.png, options);
    }
    throw missing(
      'imagenet32',
      'train_data_batch_1 … 10 and val_data, or train_32x32.tar and valid_32x32.tar',
    );
  },
  offline: async ({ seed, rows = 40 }) => memoryFiles(syntheticImagenet32(seed, rows)),
};

function openImages(files: DataFiles, pattern: RegExp, options: ReadOptions): OpenedSplit<Imagenet32Columns> {
  const schema: Full = {
    image: { dtype: 'bytes', shape: [] },
    label: { dtype: 'int32', shape: [] },
    path: { dtype: 'string', shape: [] },
  };
  const make = (image: Uint8Array[], path: string[]) =>
    assembleBatch(schema, { image, path, label: new Int32Array(path.length).fill(-1) }, path.length);
  return {
    schema,
    async *read() {
      let [images, paths]: [Uint8Array[], string[]] = [[], []];
      for await (const member of walk(files, options)) {
        if (!pattern.test(member.path)) continue;
        images.push(await member.bytes());
        paths.push(member.path);
        if (images.length < blockRows) continue;
        yield make(images, paths);
        [images, paths] = [[], []];
      }
      if (images.length > 0) yield make(images, paths);
    },
  };
}

async function openBatches(
  files: DataFiles,
  pattern: RegExp,
  options: ReadOptions,
): Promise<OpenedSplit<Imagenet32Columns>> {
  const schema: Full = {
    image: { dtype: 'uint8', shape: [32, 32, 3] },
    label: { dtype: 'int32', shape: [], classNames: await classNames(files, options) },
    path: { dtype: 'string', shape: [] },
  };
  return {
    schema,
    async *read() {
      for await (const member of walk(files, options)) {
        if (pattern.test(member.path)) yield* batchRows(member, schema);
      }
    },
  };
}

/** From `map_clsloc.txt` (`n02119789 1 kit_fox`) where it lies beside the batches; else the numbers. */
async function classNames(files: DataFiles, options: ReadOptions): Promise<string[]> {
  const names = Array.from({ length: 1000 }, (_, index) => String(index + 1));
  for await (const member of walk(files, options)) {
    if (!/(^|\/)map_clsloc\.txt$/.test(member.path)) continue;
    for (const line of new TextDecoder().decode(await member.bytes()).split('\n')) {
      const [, , number, name] = /^(n\d{8}) (\d+) (\S+)/.exec(line) ?? [];
      if (number !== undefined && name !== undefined) names[Number(number) - 1] = name.replaceAll('_', ' ');
    }
  }
  return names;
}

/** A pickled dictionary: `data` [rows, 3072] in planes of red, green and blue, `labels` from 1. */
async function* batchRows(
  member: Member,
  schema: Full,
): AsyncGenerator<Batch<Imagenet32Columns>, void, undefined> {
  const file = member.path;
  const dictionary = readArrayPickle(await member.bytes(), file);
  const entry = (key: string) => (dictionary instanceof Map ? dictionary.get(key) : undefined);
  const [data, labels] = [uint8sOf(entry('data')), entry('labels')];
  if (data === undefined || !Array.isArray(labels) || labels.length * imageBytes !== data.length) {
    const message = 'load: a batch of imagenet32 must hold uint8 data of 3072 columns and as many labels.';
    throw new DatasetError('malformed', message, { file });
  }
  const classCount = schema.label?.classNames?.length ?? 0;
  for (let first = 0; first < labels.length; first += blockRows) {
    const rows = Math.min(blockRows, labels.length - first);
    const image = new Uint8Array(rows * imageBytes);
    const label = Int32Array.from({ length: rows }, (_, row) => Number(labels[first + row]) - 1);
    label.forEach((index, row) => {
      if (!(index >= 0 && index < classCount)) {
        const message = `load: imagenet32 labels must be 1 to ${classCount}, got ${index + 1}.`;
        throw new DatasetError('malformed', message, { file, record: first + row + 1 });
      }
      const start = (first + row) * imageBytes;
      for (let pixel = 0; pixel < pixels; pixel++)
        for (let plane = 0; plane < 3; plane++)
          image[row * imageBytes + pixel * 3 + plane] = data[start + plane * pixels + pixel] as number;
    });
    yield assembleBatch(schema, { image, label, path: new Array<string>(rows).fill(file) }, rows);
  }
}
