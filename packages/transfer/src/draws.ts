import { randomOrder, seededRandom } from '@warmstart/random';
import { TransferError } from './errors.js';
import type { OutputColumn } from './schema/output-schema.js';

/** What a draw of labelled rows is made from. */
export interface LabelDraw {
  /** Numbers of the rows that may be drawn. */
  readonly candidates: Uint32Array;
  /** Outputs of all rows, by row number. */
  readonly outputs: Float64Array;
  readonly output: OutputColumn;
  /** How many; all where it is left out. */
  readonly count?: number | undefined;
  readonly seed: number;
  /** Which of several draws. */
  readonly draw: number;
  /** For messages. */
  readonly name: string;
}

/**
 * Draws labelled rows, the classes as equally as can be; smaller draws lie in larger ones of the same seed.
 *
 * @returns row numbers, ascending
 * @throws TransferError `too-few-labels` if a class has no labelled row, or the count cannot hold each class once
 */
export function drawLabels(options: LabelDraw): Uint32Array {
  const { candidates, outputs, output, count, seed, draw, name } = options;
  const isKnown = (row: number) =>
    output.kind === 'classes' ? (outputs[row] as number) >= 0 : !Number.isNaN(outputs[row]);
  const labelled = candidates.filter(isKnown);
  if (output.kind === 'classes') requireClasses(labelled, options);
  if (labelled.length < 3) {
    throw new TransferError(
      'too-few-labels',
      `${name}: at least 3 labelled rows are needed to learn from, got ${labelled.length}.`,
      { file: name },
    );
  }
  if (count === undefined || count >= labelled.length) return labelled.slice().sort();
  const order = randomOrder(labelled.length, seededRandom(seed, 'labels', draw));
  const mixed = Array.from(order, (at) => labelled[at] as number);
  const ordered = output.kind === 'classes' ? turnByTurn(mixed, outputs, output.classNames.length) : mixed;
  return Uint32Array.from(ordered.slice(0, count)).sort();
}

/** One of each class, then the next of each, as long as there are any. */
function turnByTurn(rows: readonly number[], outputs: Float64Array, classCount: number): number[] {
  const byClass: number[][] = Array.from({ length: classCount }, () => []);
  for (const row of rows) byClass[outputs[row] as number]?.push(row);
  const order: number[] = [];
  for (let turn = 0; order.length < rows.length; turn++) {
    for (const own of byClass) {
      const row = own[turn];
      if (row !== undefined) order.push(row);
    }
  }
  return order;
}

function requireClasses(labelled: Uint32Array, { outputs, output, count, name }: LabelDraw): void {
  const { classNames } = output as Extract<OutputColumn, { kind: 'classes' }>; // by the caller
  if (count !== undefined && count < classNames.length) {
    throw new TransferError(
      'too-few-labels',
      `${name}: labels must be at least the ${classNames.length} classes, got ${count}: each class needs one labelled row.`,
      { file: name },
    );
  }
  const found = new Set(Array.from(labelled, (row) => outputs[row]));
  const absent = classNames.filter((_, at) => !found.has(at));
  if (absent.length === 0) return;
  const shown = absent.slice(0, 5).join(', ') + (absent.length > 5 ? ` and ${absent.length - 5} more` : '');
  throw new TransferError(
    'too-few-labels',
    `${name}: every class must have a labelled row to learn from, got none of ${shown}. ` +
      `There are ${classNames.length} classes and ${labelled.length} labelled rows. Leave rare classes out, or label more rows.`,
    { file: name },
  );
}
