import { DatasetError } from '../../errors.js';
import type { Limits } from '../../limits.js';
import { withLimits } from '../../limits.js';
import type { H5wasmLibrary, H5wasmMetadata, H5wasmModule } from './h5wasm.js';
import { checkLibrary, guarded } from './library-guard.js';
import { checkStructureSizes } from './structure-sizes.js';

/** More than a chunk of any file that is read here, and less than the library's memory. */
const mostChunkBytes = 2 ** 28;
const freeBytes = 2 ** 24;

type Numbers =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/**
 * @internal An HDF5 file in memory, read by the format's own library (`h5wasm`). Everything that the library reports
 * is looked at: a read that failed is an error, never whatever lay in its memory.
 */
export class Hdf5File {
  readonly name: string;
  readonly #library: H5wasmLibrary;
  readonly #path: string;
  readonly #file: bigint;
  /** Bytes that may still be built from this file. */
  #left: number;

  private constructor(
    library: H5wasmLibrary,
    name: string,
    opened: { path: string; file: bigint; left: number },
  ) {
    this.#library = library;
    this.name = name;
    this.#path = opened.path;
    this.#file = opened.file;
    this.#left = opened.left;
  }

  /**
   * @throws DatasetError `missing-peer` without the library, `malformed` for what is not HDF5
   */
  static async open(
    { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
    load: (() => Promise<H5wasmModule>) | undefined,
    limits: Partial<Limits>,
  ): Promise<Hdf5File> {
    if (load === undefined) {
      const message =
        "fromCounts: an HDF5 file needs the package h5wasm. npm install h5wasm, then pass hdf5: () => import('h5wasm').";
      throw new DatasetError('missing-peer', message, { file: name });
    }
    if (!isHdf5(bytes)) throw malformed('the file is not HDF5. Fetch or save it again', name);
    const library = await (await load()).ready;
    checkLibrary(library, name);
    checkStructureSizes(bytes, name);
    const path = `/${crypto.randomUUID()}.h5`;
    library.FS.writeFile(path, bytes);
    const left = Math.max(freeBytes, bytes.length * withLimits(limits).ratio);
    try {
      const place = { file: name, own: path, what: 'the file' };
      const file = guarded(library, place, () => library.open(path, 0, false, -1, -1));
      if (file < 0n) throw malformed('the file is cut short or damaged. Fetch or save it again', name);
      return new Hdf5File(library, name, { path, file, left });
    } catch (error) {
      library.FS.unlink(path);
      throw error;
    }
  }

  close(): void {
    try {
      this.#guard('the end of the file', () => this.#library.close_file(this.#file));
    } catch {
      // it has been read; the next file is told if the library is down
    } finally {
      this.#library.FS.unlink(this.#path);
    }
  }

  /** What lies at a path; undefined for nothing. */
  kindOf(path: string): 'group' | 'dataset' | undefined {
    return this.#guard(path, () => {
      const type = this.#library.get_type(this.#file, path);
      if (type === this.#library.H5G_GROUP) return 'group';
      return type === this.#library.H5G_DATASET ? 'dataset' : undefined;
    });
  }

  /** Names in a group, by name. */
  keysOf(path: string): string[] {
    return this.#guard(path, () => [...this.#library.get_names(this.#file, path, false)]);
  }

  shapeOf(path: string): readonly number[] {
    return this.#metadata(path).shape ?? [];
  }

  /** Whether a dataset holds text, numbers, or something else. */
  contentOf(path: string): 'strings' | 'numbers' | 'booleans' | 'other' {
    const { type } = this.#metadata(path);
    return ({ 0: 'numbers', 1: 'numbers', 3: 'strings', 8: 'booleans' } as const)[type] ?? 'other';
  }

  /** Elements of a dataset of numbers, all or those of some of its first axis; 64-bit integers become float64. */
  numbers(path: string, range?: { readonly start: number; readonly end: number }): Numbers {
    const metadata = this.#metadata(path);
    const { shape, size } = metadata;
    if (shape === null) throw malformed(`${path} must hold numbers, got nothing`, this.name);
    const [first = 1, ...rest] = shape;
    const { start, end } = range ?? { start: 0, end: first };
    const count = (end - start) * rest.reduce((product, length) => product * length, 1);
    const slice =
      shape.length > 0 ? { offset: [start, ...rest.map(() => 0)], count: [end - start, ...rest] } : undefined;
    const bytes = this.#read(path, { byteCount: count * size, slice, metadata }, (view) => view.slice());
    return typedArray(bytes, metadata, () => malformed(`${path} must hold numbers`, this.name));
  }

  strings(path: string): string[] {
    const metadata = this.#metadata(path);
    const byteCount = metadata.total_size * metadata.size;
    return this.#read(path, { byteCount, metadata }, (view, pointer) =>
      this.#texts({ view, pointer, metadata, path, attribute: '' }),
    );
  }

  /** An attribute's value, or the first of its values; undefined where there is none of that name. */
  attribute(path: string, name: string): readonly (string | number)[] | undefined {
    return this.#guard(path, () => {
      const library = this.#library;
      if (!library.get_attribute_names(this.#file, path).includes(name)) return undefined;
      const metadata = library.get_attribute_metadata(this.#file, path, name);
      const byteCount = metadata.total_size * metadata.size;
      this.#spend(costOf(metadata, byteCount), path);
      return this.#withMemory(byteCount, path, (pointer) => {
        this.#check(library.get_attribute_data(this.#file, path, name, BigInt(pointer)), `${path} (${name})`);
        const view = library.HEAPU8.subarray(pointer, pointer + byteCount);
        if (metadata.type === 3) return this.#texts({ view, pointer, metadata, path, attribute: name });
        const other = () => malformed(`${path} (${name}) must hold numbers or text`, this.name);
        return Array.from(typedArray(view.slice(), metadata, other));
      });
    });
  }

  #texts(text: {
    readonly view: Uint8Array;
    readonly pointer: number;
    readonly metadata: H5wasmMetadata;
    readonly path: string;
    readonly attribute: string;
  }): string[] {
    const { view, pointer, metadata, path, attribute } = text;
    if (metadata.type !== 3) throw malformed(`${path} must hold text`, this.name);
    const library = this.#library;
    if (metadata.vlen) {
      const pointers = new Uint32Array(view.slice().buffer);
      const words = Array.from(pointers, (word) => (word === 0 ? '' : library.UTF8ToString(word)));
      this.#spend(
        words.reduce((sum, word) => sum + word.length, 0),
        path,
      );
      this.#check(library.reclaim_vlen_memory(this.#file, path, attribute, BigInt(pointer)), path);
      return words;
    }
    const decoder = new TextDecoder();
    return Array.from({ length: metadata.total_size }, (_, i) => {
      const bytes = view.subarray(i * metadata.size, (i + 1) * metadata.size);
      const end = bytes.indexOf(0);
      return decoder.decode(end < 0 ? bytes.slice() : bytes.slice(0, end));
    });
  }

  #metadata(path: string): H5wasmMetadata {
    return this.#guard(path, () => {
      if (this.kindOf(path) !== 'dataset')
        throw malformed(`it must hold ${path}, which is not there`, this.name);
      const metadata = this.#library.get_dataset_metadata(this.#file, path);
      const chunkBytes = (metadata.chunks ?? []).reduce((product, length) => product * length, metadata.size);
      if (metadata.chunks !== null && chunkBytes > mostChunkBytes) throw this.#tooMuch(path);
      return metadata;
    });
  }

  #read<Result>(
    path: string,
    what: {
      readonly byteCount: number;
      readonly metadata: H5wasmMetadata;
      readonly slice?: { readonly offset: readonly number[]; readonly count: readonly number[] } | undefined;
    },
    take: (view: Uint8Array, pointer: number) => Result,
  ): Result {
    const { byteCount, slice } = what;
    return this.#guard(path, () => {
      this.#spend(costOf(what.metadata, byteCount), path);
      return this.#withMemory(byteCount, path, (pointer) => {
        if (byteCount > 0) {
          const [count, offset] = [slice?.count.map(BigInt) ?? null, slice?.offset.map(BigInt) ?? null];
          const strides = slice?.count.map(() => 1n) ?? null;
          const status = this.#library.get_dataset_data(
            this.#file,
            path,
            count,
            offset,
            strides,
            BigInt(pointer),
          );
          this.#check(status, path);
        }
        return take(this.#library.HEAPU8.subarray(pointer, pointer + byteCount), pointer);
      });
    });
  }

  #withMemory<Result>(byteCount: number, path: string, use: (pointer: number) => Result): Result {
    const pointer = this.#library._malloc(Math.max(1, byteCount));
    if (pointer === 0) throw this.#tooMuch(path);
    try {
      this.#library.HEAPU8.fill(0, pointer, pointer + byteCount);
      return use(pointer);
    } finally {
      this.#library._free(pointer);
    }
  }

  #check(status: number, path: string): void {
    if (status < 0)
      throw malformed(
        `${path} cannot be read: it is damaged, or compressed in a way that h5wasm lacks (such as LZF)`,
        this.name,
      );
  }

  #spend(byteCount: number, path: string): void {
    this.#left -= byteCount;
    if (!(byteCount >= 0 && this.#left >= 0)) throw this.#tooMuch(path);
  }

  #tooMuch(path: string): DatasetError {
    const message = `fromCounts: a file may unpack to so many times its own size, ${path} takes more. Raise limits.ratio if it should.`;
    return new DatasetError('limit', message, { file: this.name });
  }

  #guard<Result>(path: string, run: () => Result): Result {
    return guarded(this.#library, { file: this.name, own: this.#path, what: path }, run);
  }
}

/** Each text of any length takes a search of its own, whatever its length. */
function costOf({ vlen, size }: H5wasmMetadata, byteCount: number): number {
  return vlen ? (byteCount / size) * 256 : byteCount;
}

/** @internal The magic bytes, at the start or behind a user block. */
export function isHdf5(bytes: Uint8Array): boolean {
  const magic = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
  const at = (start: number) => magic.every((byte, i) => bytes[start + i] === byte);
  return [0, 512, 1024, 2048, 4096].some(at);
}

function typedArray(
  bytes: Uint8Array,
  { type, size, signed, enum_type }: H5wasmMetadata,
  other: () => Error,
): Numbers {
  const { buffer } =
    bytes.byteOffset === 0 && bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
  const kind = type === 8 ? (enum_type?.type ?? -1) : type;
  if (kind === 1 && size === 8) return new Float64Array(buffer);
  if (kind === 1 && size === 4) return new Float32Array(buffer);
  if (kind !== 0) throw other();
  if (size === 8)
    return Float64Array.from(signed ? new BigInt64Array(buffer) : new BigUint64Array(buffer), Number);
  if (size === 4) return signed ? new Int32Array(buffer) : new Uint32Array(buffer);
  if (size === 2) return signed ? new Int16Array(buffer) : new Uint16Array(buffer);
  if (size === 1) return signed ? new Int8Array(buffer) : new Uint8Array(buffer);
  throw other();
}

function malformed(what: string, file: string): DatasetError {
  return new DatasetError('malformed', `fromCounts: ${what}.`, { file });
}
