/** The part of the package `h5wasm` that is used: pass `await import('h5wasm')`. */
export interface Hdf5Module {
  readonly ready: Promise<Hdf5Library>;
  readonly File: new (path: string, mode: 'r') => Hdf5File;
}

/** An open file, which is its root group. */
export type Hdf5File = Hdf5Group & { file_id: bigint; close(): unknown };

/** The library, compiled to WebAssembly, and the file system in memory that it sees. */
export interface Hdf5Library {
  readonly FS: Hdf5FileSystem;
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(pointer: number): void;
  get_dataset_filters(file: bigint, path: string): Hdf5Filter[];
  /** @returns a status, negative if it failed */
  get_dataset_data(
    file: bigint,
    path: string,
    count: null,
    offset: null,
    strides: null,
    pointer: bigint,
  ): number;
}

/** One step of a dataset's compression. */
export interface Hdf5Filter {
  id: number;
  name: string;
  cd_values: number[];
}

/** Emscripten's. */
export interface Hdf5FileSystem {
  writeFile(path: string, bytes: Uint8Array): void;
  unlink(path: string): void;
  open(path: unknown, ...rest: unknown[]): unknown;
  /** By descriptor; the third is where the library writes its errors. Its declarations leave it out. */
  readonly streams?: readonly ({ tty?: { ops?: TerminalOps } } | undefined)[];
}

/** Where what is written to a terminal ends up, character by character. */
export interface TerminalOps {
  put_char(terminal: unknown, character: number): void;
  fsync(terminal: unknown): void;
}

export interface Hdf5Group {
  readonly path: string;
  keys(): string[];
  get(name: string): unknown;
  readonly attrs: Record<string, unknown>;
}

export interface Hdf5Dataset {
  readonly path: string;
  readonly metadata: {
    type: number;
    size: number;
    signed: boolean;
    shape: number[] | null;
    chunks: number[] | null;
    enum_type?: { members: Record<string, number> };
  };
}
