import type { Scouted } from './scouted.js';

/** Why scouting did not give what guides need. */
export type ScoutingErrorCode =
  | 'too-few-scouts' // fewer than two finished with finite weights
  | 'scouts-failed' // some threw; what the others found is in `scouted`
  | 'another-run' // the store holds scouts of another base, seed or set of sub-problems
  | 'incomplete' // a reduce over a store in which scouts are missing
  | 'damaged-store'; // a file of the store cannot be read

/** Thrown by `scout` and `reduceScouts`; nothing that finished is lost. */
export class ScoutingError extends Error {
  override readonly name = 'ScoutingError';
  readonly code: ScoutingErrorCode;
  /** What was found all the same, where there is something. */
  readonly scouted: Scouted | undefined;

  constructor(
    code: ScoutingErrorCode,
    message: string,
    details: { scouted?: Scouted; cause?: unknown } = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.scouted = details.scouted;
  }
}

/** Why guides were refused. */
export type GuidesErrorCode =
  | 'another-base' // made for other weights
  | 'bad-value' // NaN, infinite or negative
  | 'all-zero' // nothing would learn
  | 'format' // not a file of guides
  | 'mismatch'; // keys or shapes do not fit

/** Thrown where guides are made, opened or applied; nothing was changed. */
export class GuidesError extends Error {
  override readonly name = 'GuidesError';
  readonly code: GuidesErrorCode;

  constructor(code: GuidesErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
