import { randomOrder, seededRandom } from '@warmstart/random';
import { gather, type Rows, type Table } from './table.js';

/** Labels that a person gave to rows of the training part, one by one. Plain data. */
export interface HandLabels {
  classNames: string[];
  /** rows of the training part, and the class of each */
  rows: number[];
  labels: number[];
}

/** What labels a race is about. */
export interface LabelPlan {
  /** how many are drawn for training, where the table has classes */
  labels: number;
  seed: number;
  /** in place of the table's classes */
  hand?: HandLabels | undefined;
}

/** The labelled rows of one draw, the same for every arm. */
export interface Draw {
  train: Rows;
  /** what learning rate and steps are chosen by */
  validation: Rows;
  test: Rows;
}

/** fewest labels given by hand that a class needs: two to learn from, one to choose by, one to test with */
export const fewestByHand = 4;

export function classNamesFor(table: { classNames: readonly string[] }, { hand }: Pick<LabelPlan, 'hand'>) {
  return hand?.classNames ?? table.classNames;
}

/**
 * From the table's classes: a few training rows, and all validation and test rows. By hand: half of each class's rows
 * to learn from, a quarter each to choose by and to test with.
 *
 * @throws RangeError for too few labels
 */
export function drawOf(table: Table, plan: LabelPlan, draw: number): Draw {
  const { hand } = plan;
  if (hand) return handDraw(table, hand, plan.seed, draw);
  const { validation, test } = table;
  return { train: labelledRows(table, { ...plan, draw }), validation, test };
}

/** The rows that the classifier to take away learns from: the first draw's, or all that were labelled by hand. */
export function rowsToKeepLearningFrom(table: Table, plan: LabelPlan): Rows {
  const { hand } = plan;
  if (!hand) return labelledRows(table, { ...plan, draw: 0 });
  return { ...gather(table.train, table.width, hand.rows), labels: Int32Array.from(hand.labels) };
}

function handDraw(table: Table, { classNames, rows, labels }: HandLabels, seed: number, draw: number): Draw {
  const parts: Record<keyof Draw, number[]> = { train: [], validation: [], test: [] };
  const order = randomOrder(rows.length, seededRandom(seed, 'hand', draw));
  for (const [label, name] of classNames.entries()) {
    const members = [...order].filter((at) => labels[at] === label);
    if (members.length < fewestByHand) {
      throw new RangeError(
        `Every class needs ${fewestByHand} labels, "${name}" has ${members.length}. Label more, or leave the class out.`,
      );
    }
    const quarter = Math.floor(members.length / 4);
    parts.test.push(...members.slice(0, quarter));
    parts.validation.push(...members.slice(quarter, 2 * quarter));
    parts.train.push(...members.slice(2 * quarter));
  }
  const rowsAt = (chosen: readonly number[]): Rows => ({
    ...gather(
      table.train,
      table.width,
      chosen.map((at) => rows[at] as number),
    ),
    labels: Int32Array.from(chosen, (at) => labels[at] as number),
  });
  return { train: rowsAt(parts.train), validation: rowsAt(parts.validation), test: rowsAt(parts.test) };
}

/**
 * The labelled rows of one draw, the same for every arm: as many of each class as the count allows, the rest at random.
 *
 * @throws RangeError for fewer labels than classes
 */
export function labelledRows(
  table: Table,
  { labels, seed, draw }: { labels: number; seed: number; draw: number },
): Rows {
  const classCount = table.classNames.length;
  if (labels < classCount) {
    throw new RangeError(
      `There are ${classCount} classes, so at least ${classCount} labels are needed, got ${labels}.`,
    );
  }
  const order = randomOrder(table.train.rowCount, seededRandom(seed, 'labels', draw));
  const perClass = Math.floor(labels / classCount);
  const taken = new Array<number>(classCount).fill(0);
  const chosen: number[] = [];
  const rest: number[] = [];
  for (const row of order) {
    const label = table.train.labels[row] as number;
    const count = taken[label] as number;
    if (count < perClass) {
      chosen.push(row);
      taken[label] = count + 1;
    } else rest.push(row);
  }
  return gather(table.train, table.width, [...chosen, ...rest.slice(0, labels - chosen.length)]);
}
