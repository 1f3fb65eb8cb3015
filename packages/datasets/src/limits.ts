/** Bounds on what hostile input may cost. All have safe defaults; raise one where a set needs it. */
export interface Limits {
  /** Of one record: a CSV row, a line, a JSON value. Default 16 MiB. */
  readonly recordBytes: number;
  /** Fields in a record. Default 100,000. */
  readonly columns: number;
  /** Members of an archive. Default 3,000,000. */
  readonly members: number;
  /** Of one archive member, unpacked. Default 64 GiB. */
  readonly memberBytes: number;
  /** Of everything unpacked from one file. Default 1 TiB. */
  readonly unpackedBytes: number;
  /** Unpacked bytes per packed byte, counted after the first 16 MiB. Default 200. */
  readonly ratio: number;
  /** Archives within archives. Default 3. */
  readonly depth: number;
  /** Width times height of an image. Default 100 million. */
  readonly pixels: number;
}

/** The default limits, with those given in place of them. */
export function withLimits(limits: Partial<Limits> = {}): Limits {
  return {
    recordBytes: 2 ** 24,
    columns: 100_000,
    members: 3_000_000,
    memberBytes: 2 ** 36,
    unpackedBytes: 2 ** 40,
    ratio: 200,
    depth: 3,
    pixels: 100_000_000,
    ...limits,
  };
}
