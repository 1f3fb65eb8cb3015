import { TransferError } from '../errors.js';
import type { OutputColumn } from '../schema/output-schema.js';
import type { RowIndex } from './rows.js';

/** Row numbers by what they are for, ascending. */
export interface Splits {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

/** Shares of the rows; what is left is for training. */
export interface SplitShares {
  /** For choosing, where there are labels enough. Default 0.2. */
  readonly validation?: number;
  /** For the final scores, of which nothing is learned and by which nothing is chosen. Default 0.2. */
  readonly test?: number;
}

const [TRAIN, VALIDATION, TEST] = [0, 1, 2] as const;

/**
 * Divides rows by what they hold: the ids of each class are put in order, the first are test rows, the next are for
 * validation. So no seed and no order of rows plays a part, equal rows stay together, and a file that grew is divided
 * as before but for rows at the borders. Where the data say what each row is for, that holds.
 *
 * @throws TransferError `bad-option` for shares that leave nothing to train on
 */
export function splitRows(
  { rowCount, ids, outputs, parts }: RowIndex,
  output: OutputColumn | undefined,
  { validation = 0.2, test = 0.2 }: SplitShares = {},
): Splits {
  if (!(validation >= 0 && test >= 0 && validation + test < 1)) {
    throw new TransferError(
      'bad-option',
      `splits: validation and test must be shares that sum to less than 1, got ${validation} and ${test}.`,
    );
  }
  if (parts) return byPart(parts);
  const classOf = (row: number) => (output?.kind === 'classes' && outputs ? (outputs[row] as number) : -1);
  const byClass = new Map<number, number[]>();
  for (let row = 0; row < rowCount; row++) {
    const list = byClass.get(classOf(row));
    if (list) list.push(ids[row] as number);
    else byClass.set(classOf(row), [ids[row] as number]);
  }
  const borders = new Map<number, readonly [number, number]>();
  for (const [label, list] of byClass) {
    const sorted = Float64Array.from(list).sort();
    const border = (share: number) => sorted[Math.round(share * sorted.length)] ?? Number.POSITIVE_INFINITY;
    borders.set(label, [border(test), border(test + validation)]);
  }
  const part = new Uint8Array(rowCount);
  // rows that are equal but for their label would part where the borders of classes differ: the first decides
  const decided = new Map<number, number>();
  const all = [...borders.values()];
  const within = (at: 0 | 1, id: number) =>
    all.some((border) => id >= border[at]) && all.some((border) => id < border[at]);
  for (let row = 0; row < rowCount; row++) {
    const id = ids[row] as number;
    const [first, second] = borders.get(classOf(row)) as readonly [number, number]; // every class has borders
    let place: number = id < first ? TEST : id < second ? VALIDATION : TRAIN;
    if (all.length > 1 && (within(0, id) || within(1, id))) {
      place = decided.get(id) ?? place;
      decided.set(id, place);
    }
    part[row] = place;
  }
  return byPart(part);
}

function byPart(parts: Uint8Array): Splits {
  const rowsOf = (part: number) => {
    const rows: number[] = [];
    for (let row = 0; row < parts.length; row++) if (parts[row] === part) rows.push(row);
    return Uint32Array.from(rows);
  };
  return { train: rowsOf(TRAIN), validation: rowsOf(VALIDATION), test: rowsOf(TEST) };
}
