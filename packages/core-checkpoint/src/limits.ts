/** How much a file may ask for before it is refused. Sizes in bytes. */
export interface Limits {
  /** tensors in one checkpoint, aliases counted */
  tensorCount: number;
  /** one tensor, contiguous: a stride of 0 can make 4 TiB out of 4 bytes */
  tensorBytes: number;
  /** pickle, JSON header, zip directory: what is held to describe the tensors */
  headerBytes: number;
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
    headerBytes: 100_000_000,
    entryCount: 1_000_000,
    depth: 64,
    rank: 64,
    downloadBytes: 2 ** 30,
    ...overrides,
  };
}
