import type { Schema } from '../columns.js';
import { assembleBatch, concatBatches } from '../columns.js';
import type { Dataset } from '../dataset.js';
import { fromColumns } from '../dataset.js';
import { DatasetError } from '../errors.js';
import type { DataEvent } from '../events.js';
import type { DataFiles } from '../files.js';
import { readIdx } from '../formats/idx.js';
import type { Member } from '../formats/member.js';
import type { Limits } from '../limits.js';
import { originOf } from '../origin-marker.js';
import type { OwnFiles } from '../own-files.js';
import { asFiles } from '../own-files.js';
import { walk } from '../walk.js';

export interface IdxColumns {
  [column: string]: Uint8Array | Int32Array;
  /** [rows, height, width, 1], from 0 to 255 */
  image: Uint8Array;
  label: Int32Array;
}

export interface IdxOptions {
  /** Only files whose names have this word, e.g. `train` or `t10k`. Default: all, which must be of one split. */
  readonly split?: string;
  /** The classes in their order. Default: the numbers from 0 to the largest label. */
  readonly classNames?: readonly string[];
  readonly limits?: Partial<Limits>;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * A data set from MNIST's pair of files (`train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, gzip or not), held
 * in memory; Fashion-MNIST, KMNIST and EMNIST come so too.
 *
 * @throws DatasetError `missing` where one of the two is not there, `malformed` where they do not fit
 */
export async function fromIdx(given: OwnFiles, options: IdxOptions = {}): Promise<Dataset<IdxColumns>> {
  const files = asFiles(given, 'fromIdx');
  const { images, labels } = await readPair(files, options);
  const [height, width] = images.shape;
  if (images.shape.length !== 2 || labels.shape.length !== 0 || images.rowCount !== labels.rowCount) {
    throw malformed(
      `images and labels must be as many, got [${images.rowCount}, ${images.shape}] and [${labels.rowCount}, ${labels.shape}]`,
      labels.file,
    );
  }
  const label = Int32Array.from(labels.values);
  const largest = label.reduce((most, value) => Math.max(most, value), 0);
  const classNames = options.classNames ?? Array.from({ length: largest + 1 }, (_, at) => String(at));
  if (largest >= classNames.length)
    throw malformed(`labels must be below ${classNames.length}, got ${largest}`, labels.file);
  return fromColumns<IdxColumns>(
    { image: images.values, label },
    {
      schema: {
        image: { dtype: 'uint8', shape: [height ?? 0, width ?? 0, 1] },
        label: { dtype: 'int32', shape: [], classNames },
      },
      origin: await originOf(files),
    },
  );
}

/** The one file of images and the one of labels. */
async function readPair(files: DataFiles, options: IdxOptions): Promise<{ images: Values; labels: Values }> {
  const { limits = {}, onEvent = () => {}, signal, split = '' } = options;
  let [images, labels]: [Values?, Values?] = [];
  for await (const member of walk(files, { limits, onEvent, signal })) {
    const name = member.path.slice(member.path.lastIndexOf('/') + 1);
    if (!name.includes(split)) continue;
    const isImages = /images[-.]idx3/.test(name);
    if (!isImages && !/labels[-.]idx1/.test(name)) continue;
    if ((isImages ? images : labels) !== undefined) {
      throw malformed(
        "there must be one file of images and one of labels, got more. Pass split: 'train'",
        member.path,
      );
    }
    const values = await readValues(member);
    if (isImages) images = values;
    else labels = values;
  }
  if (images === undefined || labels === undefined) {
    const wanted = images === undefined ? 'train-images-idx3-ubyte' : 'train-labels-idx1-ubyte';
    throw new DatasetError('missing', `fromIdx: a file named like ${wanted} is needed, got none.`);
  }
  return { images, labels };
}

interface Values {
  readonly file: string;
  readonly rowCount: number;
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

async function readValues(member: Member): Promise<Values> {
  const parts = [];
  let shape: readonly number[] = [];
  const schema = (): Schema<{ values: Uint8Array }> => ({ values: { dtype: 'uint8', shape } });
  for await (const block of readIdx(member.stream(), { file: member.path })) {
    if (!(block.values instanceof Uint8Array)) throw malformed('values must be bytes', member.path);
    shape = block.shape;
    parts.push(assembleBatch(schema(), { values: block.values }, block.rowCount));
  }
  const { rowCount, columns } = concatBatches(schema(), parts);
  return { file: member.path, rowCount, shape, values: columns.values };
}

function malformed(what: string, file: string): DatasetError {
  return new DatasetError('malformed', `fromIdx: ${what}.`, { file });
}
