import type { PreparedRows } from '../rows/prepared-rows.js';

/** Some validation rows, hidden and rebuilt. */
export interface RebuiltRows {
  readonly rows: PreparedRows;
  /** 1 where a value was hidden. */
  readonly hidden: Uint8Array;
  readonly rebuilt: Float32Array;
}
