import { seededRandom } from '@warmstart/random';
import type { Batch, Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import type { DataFiles } from '../files.js';
import { memoryFiles } from '../files.js';
import { ByteReader } from '../formats/byte-reader.js';
import type { Member } from '../formats/member.js';
import { coarseNames, coarseOfFine, fineNames } from './cifar100-names.js';
import { readCifarPickle } from './cifar100-pickle.js';
import { readMatching } from './find-members.js';

export interface Cifar100Columns {
  [column: string]: Uint8Array | Int32Array;
  /** [rows, 32, 32, 3], red, green, blue from 0 to 255 */
  image: Uint8Array;
  /** One of 100 fine classes. */
  label: Int32Array;
  /** One of 20 coarse classes. */
  coarseLabel: Int32Array;
}

const pixels = 32 * 32;
const imageBytes = pixels * 3;
const recordBytes = imageBytes + 2;
const blockRows = 128;

function cifarSchema(): Schema<Cifar100Columns> {
  return {
    image: { dtype: 'uint8', shape: [32, 32, 3] },
    label: { dtype: 'int32', shape: [], classNames: /* @__PURE__ */ fineNames() },
    coarseLabel: { dtype: 'int32', shape: [], classNames: coarseNames() },
  };
}

/** 60,000 small photographs of 100 kinds of things. */
export const cifar100: DatasetDefinition<Cifar100Columns> = {
  defaultSplit: 'train',
  small: false,
  card: {
    name: 'cifar100',
    title: 'CIFAR-100',
    description: '32 × 32 colour photographs in 100 classes of 600, grouped into 20 coarse classes.',
    licence: 'none stated; a subset of the withdrawn 80 Million Tiny Images. Never redistributed.',
    downloadable: true,
    splits: { train: 50_000, test: 10_000 },
    classes: /* @__PURE__ */ fineNames(),
    features: { image: 'uint8 [32, 32, 3]', label: '100 fine classes', coarseLabel: '20 coarse classes' },
    source: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    citation:
      'Krizhevsky 2009. Learning multiple layers of features from tiny images. Technical report, Toronto.',
    files: [
      {
        name: 'cifar-100-binary.tar.gz',
        url: 'https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz',
        sizeBytes: 168_513_733,
        sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
        variant: 'binary',
      },
      {
        name: 'cifar-100-python.tar.gz',
        url: 'https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz',
        sizeBytes: 169_001_437,
        sha256: '85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7',
        md5: 'eb9058c3a382ffc7106e4002c42a8d85',
        variant: 'python',
      },
    ],
    verified:
      'Digests as three other loaders state them; format from the set’s page. No official file was at hand.',
    offline: 'synthetic',
  },
  async open(files, options) {
    const { split } = options;
    const pattern = new RegExp(
      `(^|/)(cifar-100-binary/)?${split}\\.bin$|(^|/)cifar-100-python/${split}$|^${split}$`,
    );
    const wanted = { set: 'CIFAR-100', pattern, expected: `${split}.bin or cifar-100-python/${split}` };
    const read = (member: Member) =>
      member.path.endsWith('.bin') ? binaryRows(member) : pickledRows(member);
    const at = await randomAccess(files, options);
    return { schema: cifarSchema(), ...at, read: () => readMatching(files, wanted, options, read) };
  },
  offline: async ({ seed, rows = 200 }) =>
    memoryFiles({
      'cifar-100-binary/train.bin': syntheticRecords(seed, 'train', rows),
      'cifar-100-binary/test.bin': syntheticRecords(seed, 'test', rows),
      'cifar-100-binary/fine_label_names.txt': `${fineNames().join('\n')}\n`,
      'cifar-100-binary/coarse_label_names.txt': `${coarseNames().join('\n')}\n`,
    }),
};

/** Where the records lie unpacked in a file of their own, any of them can be reached. */
async function randomAccess(files: DataFiles, { split }: ReadOptions) {
  for await (const file of files.list()) {
    if (!file.path.endsWith(`${split}.bin`) || !file.seekable || file.sizeBytes === undefined) continue;
    if (file.sizeBytes % recordBytes !== 0) return {}; // reading it through will say where it is cut
    const rowCount = file.sizeBytes / recordBytes;
    const at = async (rows: Uint32Array) => {
      const records = new Uint8Array(rows.length * recordBytes);
      for (const [i, row] of rows.entries()) {
        const reader = new ByteReader(file.stream(row * recordBytes));
        await reader.ensure(recordBytes);
        records.set(reader.take(recordBytes), i * recordBytes);
        await reader.close();
      }
      return toBatch(records, rows.length, { file: file.path, record: 1 });
    };
    return { rowCount, at };
  }
  return {};
}

async function* binaryRows(member: Member): AsyncGenerator<Batch<Cifar100Columns>, void, undefined> {
  const reader = new ByteReader(member.stream());
  try {
    for (let record = 1; ; ) {
      const there = await reader.ensure(blockRows * recordBytes);
      if (there === 0) return;
      const rows = Math.floor(there / recordBytes);
      if (rows === 0 || (there < blockRows * recordBytes && there % recordBytes !== 0)) {
        const message = `load: CIFAR-100 records are ${recordBytes} bytes each, the file ends within one.`;
        throw new DatasetError('truncated', message, {
          file: member.path,
          record: record + rows,
          byte: reader.position + there,
        });
      }
      yield toBatch(reader.take(rows * recordBytes), rows, { file: member.path, record });
      record += rows;
    }
  } finally {
    await reader.close();
  }
}

/** Records of coarse class, fine class, 1024 red, 1024 green and 1024 blue bytes each. */
function toBatch(
  records: Uint8Array,
  rowCount: number,
  place: { file: string; record: number },
): Batch<Cifar100Columns> {
  const image = new Uint8Array(rowCount * imageBytes);
  const planes = new Uint8Array(imageBytes);
  const planeWords = new Uint32Array(planes.buffer);
  const label = new Int32Array(rowCount);
  const coarseLabel = new Int32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const start = row * recordBytes;
    const [coarse, fine] = [records[start] as number, records[start + 1] as number];
    if (coarse >= 20 || fine >= 100) {
      const message = `load: CIFAR-100 classes must be below 20 and 100, got ${coarse} and ${fine}.`;
      throw new DatasetError('malformed', message, { file: place.file, record: place.record + row });
    }
    coarseLabel[row] = coarse;
    label[row] = fine;
    planes.set(records.subarray(start + 2, start + recordBytes));
    interleavePlanes(planeWords, new Uint32Array(image.buffer, row * imageBytes, imageBytes / 4));
  }
  return assembleBatch(cifarSchema(), { image, label, coarseLabel }, rowCount);
}

/**
 * Three planes of 1024 bytes as 1024 pixels of three bytes, four pixels at a time: bytes by threes cost
 * twice as long. Every machine JavaScript runs on is little-endian.
 */
function interleavePlanes(planes: Uint32Array, image: Uint32Array): void {
  const words = pixels / 4;
  for (let i = 0, at = 0; i < words; i++, at += 3) {
    const red = planes[i] as number;
    const green = planes[i + words] as number;
    const blue = planes[i + 2 * words] as number;
    image[at] = (red & 255) | ((green & 255) << 8) | ((blue & 255) << 16) | ((red << 16) & 0xff000000);
    image[at + 1] = ((green >>> 8) & 255) | (blue & 0xff00) | (red & 0xff0000) | ((green << 8) & 0xff000000);
    image[at + 2] =
      ((blue >>> 16) & 255) | ((red >>> 16) & 0xff00) | ((green >>> 8) & 0xff0000) | (blue & 0xff000000);
  }
}

async function* pickledRows(member: Member): AsyncGenerator<Batch<Cifar100Columns>, void, undefined> {
  const { data, fine, coarse } = readCifarPickle(await member.bytes(), member.path);
  for (let first = 0; first < fine.length; first += blockRows) {
    const rowCount = Math.min(blockRows, fine.length - first);
    const records = new Uint8Array(rowCount * recordBytes);
    for (let row = 0; row < rowCount; row++) {
      records[row * recordBytes] = coarse[first + row] as number;
      records[row * recordBytes + 1] = fine[first + row] as number;
      const planes = data.subarray((first + row) * imageBytes, (first + row + 1) * imageBytes);
      records.set(planes, row * recordBytes + 2);
    }
    yield toBatch(records, rowCount, { file: member.path, record: first + 1 });
  }
}

/** Images of noise around a colour of their class, classes in turn. */
function syntheticRecords(seed: number, split: string, count: number): Uint8Array {
  const records = new Uint8Array(count * recordBytes);
  for (let row = 0; row < count; row++) {
    const fine = row % 100;
    const start = row * recordBytes;
    records[start] = coarseOfFine()[fine] as number;
    records[start + 1] = fine;
    const random = seededRandom(seed, 'synthetic cifar', split, row);
    const colour = [0, 1, 2].map((plane) => 40 + ((fine * (37 + 50 * plane)) % 176));
    for (let byte = 0; byte < imageBytes; byte++) {
      records[start + 2 + byte] = (colour[Math.floor(byte / pixels)] as number) + Math.floor(random() * 40);
    }
  }
  return records;
}
