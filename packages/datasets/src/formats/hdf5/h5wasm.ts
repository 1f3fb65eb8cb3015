/** The part of the package `h5wasm` that is used: give `() => import('h5wasm')`. */
export interface H5wasmModule {
  readonly ready: Promise<H5wasmLibrary>;
}

/** The HDF5 library as `h5wasm` exposes it; every function that gives a number gives a negative one on failure. */
export interface H5wasmLibrary {
  readonly FS: {
    writeFile(path: string, bytes: Uint8Array): void;
    unlink(path: string): void;
  };
  readonly HEAPU8: Uint8Array;
  readonly H5G_GROUP: number;
  readonly H5G_DATASET: number;
  _malloc(size: number): number;
  _free(pointer: number): void;
  UTF8ToString(pointer: number): string;
  open(path: string, mode: number, trackOrder: boolean, lowest: number, highest: number): bigint;
  close_file(file: bigint): number;
  get_type(file: bigint, path: string): number;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_dataset_metadata(file: bigint, path: string): H5wasmMetadata;
  get_dataset_data(
    file: bigint,
    path: string,
    count: bigint[] | null,
    offset: bigint[] | null,
    strides: bigint[] | null,
    pointer: bigint,
  ): number;
  reclaim_vlen_memory(file: bigint, path: string, attribute: string, pointer: bigint): number;
  get_attribute_names(file: bigint, path: string): string[];
  get_attribute_metadata(file: bigint, path: string, name: string): H5wasmMetadata;
  get_attribute_data(file: bigint, path: string, name: string, pointer: bigint): number;
}

/** What a dataset or attribute holds. */
export interface H5wasmMetadata {
  /** 0 integers, 1 floating point, 3 strings, 6 compounds, 8 enumerations … */
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly vlen: boolean;
  readonly shape: number[] | null;
  readonly total_size: number;
  readonly chunks: number[] | null;
  readonly enum_type?: { readonly type: number };
}
