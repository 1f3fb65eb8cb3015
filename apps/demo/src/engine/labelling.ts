import { computed, signal } from '@preact/signals';
import { randomOrder, seededRandom } from '@warmstart/random';
import { fewestByHand, type HandLabels } from '../method/draws.js';
import { type Source, sourceKey } from '../method/source.js';
import { keepLabels, keptLabels } from '../store/kept.js';
import { ask } from './studio.js';

/** Labels that are being given by hand to rows of the encoder's table. */
export const labelling = {
  classNames: signal<string[]>([]),
  /** row of the training part → class, in the order in which they were given */
  given: signal<ReadonlyMap<number, number>>(new Map()),
  /** rows that were passed over */
  skipped: signal<ReadonlySet<number>>(new Set()),
  warning: signal<string | undefined>(undefined),
};

/** How many rows each class has. */
export const counts = computed(() => {
  const result = labelling.classNames.value.map(() => 0);
  for (const label of labelling.given.value.values()) result[label] = (result[label] ?? 0) + 1;
  return result;
});

/** The labels, once every class has enough of them. */
export const handLabels = computed<HandLabels | undefined>(() => {
  const isEnough = counts.value.length >= 2 && counts.value.every((count) => count >= fewestByHand);
  return isEnough ? everythingGiven() : undefined;
});

let key = '';

/** Takes up what an earlier visit left for this source. */
export async function takeUpLabels(source: Source): Promise<void> {
  key = sourceKey(source);
  const kept = await keptLabels();
  const hand = kept?.key === key ? kept.hand : { classNames: [], rows: [], labels: [] };
  labelling.classNames.value = hand.classNames;
  labelling.given.value = new Map(hand.rows.map((row, at) => [row, hand.labels[at] as number]));
  labelling.skipped.value = new Set();
}

/** The rows of the training part in the order in which they are shown. */
export function labellingOrder(trainRows: number): Int32Array {
  return randomOrder(trainRows, seededRandom(7, 'to-label'));
}

/** Names the classes anew; labels of classes that are gone go with them. */
export function nameClasses(names: readonly string[]): void {
  const before = labelling.classNames.value;
  const kept = [...labelling.given.value].flatMap(([row, label]): [number, number][] => {
    const now = names.indexOf(before[label] ?? '');
    return now < 0 ? [] : [[row, now]];
  });
  labelling.classNames.value = [...names];
  labelling.given.value = new Map(kept);
  void keep();
}

export function giveLabel(row: number, label: number): void {
  labelling.given.value = new Map([...labelling.given.value, [row, label]]);
  void keep();
}

export function passOver(row: number): void {
  labelling.skipped.value = new Set([...labelling.skipped.value, row]);
}

/** Takes the last label back. */
export function undoLabel(): void {
  labelling.given.value = new Map([...labelling.given.value].slice(0, -1));
  void keep();
}

/** A row of the encoder's table: [width], standardised. */
export function rowToLabel(source: Source, row: number): Promise<Float32Array> {
  return ask({ kind: 'some-rows', source, rows: [row] });
}

function everythingGiven(): HandLabels {
  const given = [...labelling.given.value];
  return {
    classNames: labelling.classNames.value,
    rows: given.map(([row]) => row),
    labels: given.map(([, label]) => label),
  };
}

async function keep(): Promise<void> {
  await keepLabels({ key, hand: everythingGiven() }).then(
    () => {
      labelling.warning.value = undefined;
    },
    (error: Error) => {
      labelling.warning.value = error.message;
    },
  );
}
