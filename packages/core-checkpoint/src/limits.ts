/** How much a file may ask for before it is refused. Sizes in bytes. */
export interface Limits {
  /** tensors in one checkpoint, aliases counted */
  tensorCount: number;
  /** one tensor, contiguous, and the storage that is read for it: a stride of 0 can make 4 TiB out of 4 bytes */
  tensorBytes: number;
  /** all tensors together, and what is inflated for them, besides 32 times the size of the file */
  totalBytes: number;
  /** pickle, JSON header, zip directory: what is held to describe the tensors */
  headerBytes: number;
  /** values and containers that a pickle builds, besides one for every 8 bytes of the file */
  objectCount: number;
  /** characters of the tensors' names and of other text, besides one for every byte of the file */
  textLength: number;
  /** files in an archive, shards, storages */
  entryCount: number;
  /** containers inside containers */
  depth: number;
  /** dimensions of a tensor */
  rank: number;
  /** a body kept in memory because its server does not serve ranges */
  downloadBytes: number;
}

/** Generous for every published model, small against a machine. */
export function defaultLimits(overrides: Partial<Limits> = {}): Limits {
  return {
    tensorCount: 1_000_000,
    tensorBytes: 16 * 2 ** 30,
    totalBytes: 64 * 2 ** 20,
    headerBytes: 100_000_000,
    objectCount: 500_000,
    textLength: 32 * 2 ** 20,
    entryCount: 1_000_000,
    depth: 64,
    rank: 64,
    downloadBytes: 2 ** 30,
    ...overrides,
  };
}
