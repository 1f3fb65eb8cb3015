import { PickleWriter } from '../pickle/writer.js';
import type { RandomBelow } from './random.js';

/** A storage that generated pickles may refer to. */
interface GrammarStorage {
  readonly key: string;
  readonly type: string;
  readonly count: number;
  readonly bytes: Uint8Array;
}

const counted = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 37) & 0x3f);
const int64s = (...values: number[]) => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
const float64s = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);

/** Numbers of several types, and small whole ones that serve as indices and pointers. */
const storages: readonly GrammarStorage[] = [
  { key: '0', type: 'FloatStorage', count: 24, bytes: counted(96) },
  { key: '1', type: 'HalfStorage', count: 24, bytes: counted(48) },
  { key: '2', type: 'ComplexFloatStorage', count: 12, bytes: counted(96) },
  { key: '3', type: 'LongStorage', count: 12, bytes: int64s(0, 1, 2, 3, 0, 2, 1, 0, 3, 2, 1, 0) },
  { key: '4', type: 'BoolStorage', count: 16, bytes: counted(16).map((value) => value & 1) },
  { key: '5', type: 'QInt8Storage', count: 16, bytes: counted(16) },
  { key: '6', type: 'DoubleStorage', count: 4, bytes: float64s(0.5, 0.25, 0.125, 1) },
];

/** The records of an archive that holds a generated pickle. */
export const grammarRecords: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  storages.map(({ key, bytes }) => [`data/${key}`, bytes]),
);

/**
 * Draws pickles that are nearly right: nested containers, tensors of every layout, memo entries shared and doubled,
 * calls of every constructor, and now and then what no writer writes.
 */
export class PickleGrammar {
  readonly #random: RandomBelow;
  #pickle = new PickleWriter();
  #memo: number[] = [];
  #next = 0;

  constructor(random: RandomBelow) {
    this.#random = random;
  }

  /** A whole pickle: a dict of a few values. */
  pickle(): Uint8Array {
    this.#pickle = new PickleWriter().raw(0x80, 2);
    this.#memo = [];
    this.#next = 1000; // the writer numbers the names that it recalls from 0 on
    this.#dict(0);
    return this.#pickle.raw(0x2e).finish();
  }

  #chance(of: number): boolean {
    return this.#random(of) === 0;
  }

  #value(depth: number): void {
    const draw = this.#random(depth > 5 ? 4 : 12);
    if (draw < 2) this.#scalar();
    else if (draw < 4) this.#recall();
    else if (draw < 7) this.#tensor();
    else if (draw === 7) this.#doubling();
    else if (draw === 8) this.#call(depth);
    else if (draw === 9) this.#odd(depth);
    else if (draw === 10) this.#list(depth);
    else this.#dict(depth);
    if (this.#chance(3)) this.#remember();
  }

  #scalar(): void {
    const writer = this.#pickle;
    const draw = this.#random(7);
    if (draw === 0) writer.raw(0x4e);
    else if (draw === 1) writer.raw(0x88 + this.#random(2));
    else if (draw === 2) writer.count([0, 1, 255, 65_535, 2 ** 31, 2 ** 53 - 1, -1][this.#random(7)] ?? 0);
    else if (draw === 3) writer.float([0, -0.5, Number.NaN, 1e308][this.#random(4)] ?? 0);
    else if (draw === 4) writer.text('x'.repeat(this.#chance(20) ? 5000 : this.#random(6)));
    else if (draw === 5) writer.raw(0x8a, 9, ...Array.from({ length: 9 }, () => this.#random(256)));
    else writer.raw(0x29);
  }

  #remember(): void {
    const index = this.#next++;
    this.#pickle.raw(0x72, index & 255, index >> 8, 0, 0);
    this.#memo.push(index);
  }

  #recall(): void {
    const index = this.#memo[this.#random(Math.max(1, this.#memo.length))];
    if (index === undefined) this.#scalar();
    else this.#get(index);
  }

  #get(index: number): void {
    this.#pickle.raw(0x6a, index & 255, index >> 8, 0, 0);
  }

  /** Containers of containers, each twice in the next: 2ⁿ long when walked. */
  #doubling(): void {
    const list = this.#chance(2);
    if (this.#chance(3)) this.#tensor();
    else this.#scalar();
    for (let left = this.#random(this.#chance(10) ? 45 : 8); left >= 0; left--) {
      this.#remember();
      const index = this.#memo.at(-1) ?? 0;
      this.#pickle.raw(0x30);
      if (list) this.#pickle.raw(0x5d, 0x28);
      this.#get(index);
      this.#get(index);
      this.#pickle.raw(list ? 0x65 : 0x86);
    }
  }

  #list(depth: number): void {
    const tuple = this.#chance(2);
    this.#pickle.raw(...(tuple ? [0x28] : [0x5d, 0x28]));
    for (let left = this.#random(4); left > 0; left--) this.#value(depth + 1);
    this.#pickle.raw(tuple ? 0x74 : 0x65);
  }

  #dict(depth: number): void {
    this.#pickle.raw(0x7d);
    if (this.#chance(8)) this.#remember(); // may come to hold itself
    this.#pickle.raw(0x28);
    for (let left = 1 + this.#random(4); left > 0; left--) {
      this.#key();
      this.#value(depth + 1);
    }
    this.#pickle.raw(0x75);
  }

  #key(): void {
    const draw = this.#random(8);
    if (draw < 6) this.#pickle.text(`k${this.#random(40)}`);
    else if (draw === 6) this.#pickle.count(this.#random(3));
    else
      this.#pickle
        .text(`t${this.#random(9)}`)
        .count(this.#random(3))
        .raw(0x86);
  }

  #call(depth: number): void {
    const calls = [
      ['collections', 'OrderedDict'],
      ['torch', 'device'],
      ['builtins', 'complex'],
      ['builtins', 'set'],
      ['torch', 'Size'],
      ['torch.serialization', '_get_layout'],
      ['_codecs', 'encode'],
      ['builtins', 'bytearray'],
    ] as const;
    const [module, name] = calls[this.#random(calls.length)] ?? calls[0];
    this.#pickle.global(module, name).raw(0x28);
    for (let left = this.#random(3); left > 0; left--) this.#value(Math.max(depth + 1, 5));
    this.#pickle.raw(0x74, 0x52);
  }

  /** What no writer writes. */
  #odd(depth: number): void {
    const draw = this.#random(6);
    this.#value(Math.max(depth + 1, 5));
    if (draw === 0) this.#pickle.raw(0x7d, 0x62);
    else if (draw === 1) this.#pickle.raw(0x8f, 0x28, 0x4e, 0x90, 0x86);
    else if (draw === 2) for (let left = this.#random(200); left > 0; left--) this.#pickle.raw(0x85);
    else if (draw === 3) for (let left = this.#random(3000); left > 0; left--) this.#pickle.raw(0x94);
    else if (draw === 4) this.#pickle.raw(0x28, 0x31);
    else this.#pickle.raw(this.#random(256));
  }

  #tensor(): void {
    const draw = this.#random(8);
    if (draw < 5) this.#strided(this.#pick());
    else if (draw === 5) this.#coo();
    else if (draw === 6) this.#compressed();
    else this.#quantized();
  }

  #pick(): GrammarStorage {
    return storages[this.#random(5)] as GrammarStorage; // of the first five
  }

  #storage({ type, key, count }: GrammarStorage): void {
    this.#pickle.raw(0x28).commonText('storage').global('torch', type).text(key).commonText('cpu');
    this.#pickle.count(this.#chance(60) ? count + 1 : count).raw(0x74, 0x51);
  }

  #strided(storage: GrammarStorage, shape = this.#shape(storage.count)): void {
    this.#pickle.global('torch._utils', '_rebuild_tensor_v2').raw(0x28);
    this.#storage(storage);
    const strides = shape.map((_, axis) =>
      shape.slice(axis + 1).reduce((product, size) => product * size, 1),
    );
    if (this.#chance(4)) strides.reverse();
    if (this.#chance(20)) strides.fill(0);
    if (this.#chance(40)) shape[0] = [2 ** 20, 2 ** 31, 2 ** 45][this.#random(3)] ?? 0;
    this.#pickle
      .count(this.#chance(6) ? this.#random(4) : 0)
      .counts(shape)
      .counts(strides);
    this.#pickle.raw(0x89).global('collections', 'OrderedDict').raw(0x29, 0x52, 0x74, 0x52);
  }

  #shape(most: number): number[] {
    const shape = Array.from({ length: this.#random(4) }, () => 1 + this.#random(4));
    return shape.reduce((product, size) => product * size, 1) <= most ? shape : [1 + this.#random(4)];
  }

  #sparse(layout: string, parts: () => void, shape: readonly number[]): void {
    this.#pickle.global('torch._utils', '_rebuild_sparse_tensor').raw(0x28).global('torch', layout).raw(0x28);
    parts();
    this.#pickle.counts(shape);
    if (layout === 'sparse_coo') this.#pickle.raw(0x89);
    this.#pickle.raw(0x74, 0x74, 0x52);
  }

  #coo(): void {
    const [dims, count] = [1 + this.#random(2), 1 + this.#random(3)];
    const shape = Array.from({ length: dims }, () => 3 + this.#random(2));
    if (this.#chance(30)) shape[0] = 2 ** 40;
    this.#sparse(
      'sparse_coo',
      () => {
        this.#strided(storages[3] as GrammarStorage, [dims, count]);
        this.#strided(this.#pick(), [count]);
      },
      shape,
    );
  }

  #compressed(): void {
    const layout = ['csr', 'csc', 'bsr', 'bsc'][this.#random(4)] ?? 'csr';
    const count = 2 + this.#random(2);
    this.#sparse(`sparse_${layout}`, () => {
      this.#strided(storages[3] as GrammarStorage, [1 + count]);
      this.#strided(storages[3] as GrammarStorage, [count]);
      this.#strided(this.#pick(), layout.startsWith('b') ? [count, this.#random(3), 1] : [count]);
    }, [count, 4]);
  }

  #quantized(): void {
    const storage = storages[5] as GrammarStorage; // there are seven
    const channels = this.#chance(2);
    this.#pickle.global('torch._utils', '_rebuild_qtensor').raw(0x28);
    this.#storage(storage);
    this.#pickle.count(0).counts([4, 4]).counts([4, 1]).raw(0x28);
    this.#pickle.global('torch', channels ? 'per_channel_affine' : 'per_tensor_affine');
    if (channels) {
      this.#strided(storages[6] as GrammarStorage, [4]);
      this.#strided(storages[3] as GrammarStorage, [4]);
      this.#pickle.count(this.#random(3));
    } else this.#pickle.float(0.5).count(this.#random(5));
    this.#pickle.raw(0x74, 0x89).global('collections', 'OrderedDict').raw(0x29, 0x52, 0x74, 0x52);
  }
}
