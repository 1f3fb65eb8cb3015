/** The part of the package `h5wasm` that is used: pass `await import('h5wasm')`. */
export interface Hdf5Module {
  readonly ready: Promise<Hdf5Library>;
  readonly File: new (path: string, mode: 'r') => Hdf5Group & { file_id: bigint; close(): unknown };
}

export interface Hdf5Library {
  readonly FS: { writeFile(path: string, bytes: Uint8Array): void; unlink(path: string): void };
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(pointer: number): void;
  get_dataset_data(
    file: bigint,
    path: string,
    count: null,
    offset: null,
    strides: null,
    pointer: bigint,
  ): unknown;
}

export interface Hdf5Group {
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
    enum_type?: { members: Record<string, number> };
  };
}
