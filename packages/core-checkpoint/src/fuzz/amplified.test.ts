import { afterAll, describe, expect, it } from 'vitest';
import { open } from '../open.js';
import { PickleWriter } from '../pickle/writer.js';
import { archiveOf } from './archive.js';
import { joined } from './random.js';
import { Watchdog } from './watchdog.js';

/** A small pickle, as its writer leaves it, and the records beside it. */
interface Attack {
  name: string;
  code: string;
  pickle: () => Uint8Array;
  records?: Record<string, Uint8Array>;
}

const begin = () => new PickleWriter().raw(0x80, 2);
const repeated = (piece: Uint8Array, times: number) => joined(new Array<Uint8Array>(times).fill(piece));
const int64s = (values: readonly number[]) => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

function storage(writer: PickleWriter, type: string, key: string, count: number): PickleWriter {
  writer.raw(0x28).commonText('storage').global('torch', type).text(key).commonText('cpu');
  return writer.count(count).raw(0x74, 0x51);
}

/** A contiguous view of the front of a storage. */
function view(writer: PickleWriter, type: string, key: string, count: number, shape: number[]): PickleWriter {
  writer.global('torch._utils', '_rebuild_tensor').raw(0x28);
  storage(writer, type, key, count).count(0).counts(shape);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  return writer.counts(strides).raw(0x74, 0x52);
}

function sparse(layout: string, parts: (writer: PickleWriter) => void, shape: number[]): Uint8Array {
  const writer = begin().raw(0x7d).text('w').global('torch._utils', '_rebuild_sparse_tensor').raw(0x28);
  parts(writer.global('torch', layout).raw(0x28));
  return writer.counts(shape).raw(0x74, 0x74, 0x52, 0x73, 0x2e).finish();
}

const rows = 100_000;
const attacks: Attack[] = [
  {
    name: 'one list made into a set twenty thousand times',
    code: 'limit',
    pickle: () => {
      const list = begin().raw(0x5d, 0x28);
      for (let i = 0; i < 50_000; i++) list.raw(0x4d, i & 255, i >> 8);
      list.raw(0x65, 0x72, 0x10, 0x27, 0, 0).global('builtins', 'set').raw(0x72, 0x11, 0x27, 0, 0);
      const call = Uint8Array.of(0x6a, 0x11, 0x27, 0, 0, 0x6a, 0x10, 0x27, 0, 0, 0x85, 0x52, 0x30);
      return joined([list.finish(), repeated(call, 20_000), Uint8Array.of(0x2e)]);
    },
  },
  {
    name: 'one text encoded two thousand times',
    code: 'limit',
    pickle: () => {
      const text = begin().text('a'.repeat(1_000_000)).raw(0x72, 0x10, 0x27, 0, 0);
      text.global('_codecs', 'encode').raw(0x72, 0x11, 0x27, 0, 0).text('latin1').raw(0x72, 0x12, 0x27, 0, 0);
      const call = Uint8Array.of(
        0x6a,
        0x11,
        0x27,
        0,
        0,
        0x6a,
        0x10,
        0x27,
        0,
        0,
        0x6a,
        0x12,
        0x27,
        0,
        0,
        0x86,
        0x52,
      );
      return joined([text.finish(), repeated(call, 2000), Uint8Array.of(0x2e)]);
    },
  },
  {
    name: 'pointers of a CSR matrix that go to and fro',
    code: 'size-mismatch',
    pickle: () =>
      sparse(
        'sparse_csr',
        (writer) => {
          view(writer, 'LongStorage', '0', rows + 1, [rows + 1]);
          view(writer, 'LongStorage', '1', rows, [rows]);
          view(writer, 'FloatStorage', '2', rows, [rows]);
        },
        [rows, 1],
      ),
    records: {
      'data/0': int64s(Array.from({ length: rows + 1 }, (_, i) => (i % 2 === 1 || i === rows ? rows : 0))),
      'data/1': new Uint8Array(8 * rows),
      'data/2': new Uint8Array(4 * rows),
    },
  },
  {
    name: 'blocks of no width, from a pointer of -2⁵³ on',
    code: 'size-mismatch',
    pickle: () =>
      sparse(
        'sparse_bsr',
        (writer) => {
          view(writer, 'LongStorage', '0', 2, [2]);
          view(writer, 'LongStorage', '1', 0, [0]);
          view(writer, 'FloatStorage', '2', 0, [0, 1, 0]);
        },
        [1, 1],
      ),
    records: {
      'data/0': int64s([-(2 ** 53 - 1), 0]),
      'data/1': new Uint8Array(),
      'data/2': new Uint8Array(),
    },
  },
  {
    name: 'one value in a dense tensor of 4 GiB',
    code: 'limit',
    pickle: () =>
      sparse(
        'sparse_coo',
        (writer) => {
          view(writer, 'LongStorage', '0', 1, [1, 1]);
          view(writer, 'FloatStorage', '1', 1, [1]);
        },
        [2 ** 30],
      ),
    records: { 'data/0': new Uint8Array(8), 'data/1': new Uint8Array(4) },
  },
  {
    name: 'a thousand shifted views of one storage',
    code: 'limit',
    pickle: () => {
      const writer = begin().raw(0x5d, 0x28);
      for (let i = 0; i < 1000; i++) {
        writer.global('torch._utils', '_rebuild_tensor').raw(0x28);
        storage(writer, 'ByteStorage', '0', 2 ** 20)
          .count(i)
          .counts([2 ** 20 - 1000])
          .counts([1])
          .raw(0x74, 0x52);
      }
      return writer.raw(0x65, 0x2e).finish();
    },
    records: { 'data/0': new Uint8Array(2 ** 20) },
  },
  {
    name: 'tuples in tuples, twice each, as a key',
    code: 'limit',
    pickle: () => {
      const writer = begin().raw(0x7d).text('aaaaaaaa');
      for (let i = 0; i < 40; i++) writer.raw(0x71, i, 0x68, i, 0x86);
      return writer.raw(0x4e, 0x73, 0x2e).finish();
    },
  },
];

describe('open, on small files that would grow', () => {
  const watchdog = new Watchdog('small files that would grow');
  afterAll(() => watchdog.end());

  it.each(attacks)(
    'refuses $name, soon and within little memory',
    async ({ name, code, pickle, records }) => {
      const bytes = archiveOf(pickle(), records ?? {});
      const end = await watchdog.watch(name, 0, async () => {
        await using checkpoint = await open(bytes, { name: 'grows.pt' });
        await checkpoint.inspect({ digest: true });
        return 'it loaded';
      });
      expect(end).toBe(code);
    },
  );

  it('counts the storage that is read against the limit of a tensor, not the view', async () => {
    const writer = begin().raw(0x7d).text('w').global('torch._utils', '_rebuild_tensor').raw(0x28);
    storage(writer, 'ByteStorage', '0', 2 ** 21)
      .count(0)
      .counts([1])
      .counts([1]);
    const bytes = archiveOf(writer.raw(0x74, 0x52, 0x73, 0x2e).finish(), {
      'data/0': new Uint8Array(2 ** 21),
    });
    await expect(open(bytes, { limits: { tensorBytes: 2 ** 20 } })).rejects.toMatchObject({ code: 'limit' });
  });
});
