import type { ColumnBlock } from '@warmstart/ssl-masking';
import type { TokenizerDefinition } from '@warmstart/tokenizers';
import type { Answer, OwnTable } from './source.js';

/** Columns of numbers, brought to mean 0 and deviation 1 of the training rows. */
export interface NumberColumns {
  kind: 'numbers';
  /** Places in `features`; all of them, in order, where it is left out. */
  places?: number[];
  names: string[];
  mean: number[];
  deviation: number[];
  /** Counts: scaled to 10,000 a row, then log(1 + x), before anything else. */
  counts?: boolean;
}

/** Columns that are 0 or 1 and stay so: categories, coded one-hot in the data already. */
export interface CodedColumns {
  kind: 'coded';
  names: string[];
  /** Columns that are one category. */
  groupSize: number;
}

/** A column of categories, coded one-hot. A missing one is no category: all zeros. */
export interface CategoryColumn {
  kind: 'category';
  column: string;
  classNames: string[];
}

/**
 * How rows become the numbers that a network takes. Plain JSON, fitted on training rows, kept in every model file, so
 * that new rows are treated in the same way.
 */
export type Preparation = {
  /** How the file's columns were read. */
  table?: OwnTable;
  answer?: Answer & { mean?: number; deviation?: number };
} & (
  | { kind: 'table' | 'counts'; columns: (NumberColumns | CodedColumns | CategoryColumn)[] }
  | { kind: 'images'; size: number; mean: number[]; deviation: number[] }
  | { kind: 'texts'; length: number; tokenizer: TokenizerDefinition; vocabularySize: number }
);

/** What masking and rebuilding need to know of the prepared columns. */
export interface Layout {
  width: number;
  /** One name a column, for messages and reports. */
  names: string[];
  blocks: ColumnBlock[];
  /** Columns that are hidden together. */
  groups: number[][];
  maskRatio: number;
}

/** The layout of what a preparation makes. Texts have one column a token. */
export function layoutOf(preparation: Preparation): Layout {
  if (preparation.kind === 'images') return imageLayout(preparation.size);
  if (preparation.kind === 'texts') {
    const names = Array.from({ length: preparation.length }, (_, place) => `token ${place + 1}`);
    return {
      width: names.length,
      names,
      blocks: [],
      groups: names.map((_, place) => [place]),
      maskRatio: 0.15,
    };
  }
  const layout: Layout = { width: 0, names: [], blocks: [], groups: [], maskRatio: 0.5 };
  for (const column of preparation.columns) addColumn(layout, column);
  return layout;
}

function addColumn(layout: Layout, column: NumberColumns | CodedColumns | CategoryColumn): void {
  const names =
    column.kind === 'category' ? column.classNames.map((name) => `${column.column}=${name}`) : column.names;
  const groupSize = column.kind === 'numbers' ? 1 : column.kind === 'coded' ? column.groupSize : names.length;
  for (let start = 0; start < names.length; start += groupSize) {
    const first = layout.width + start;
    layout.groups.push(Array.from({ length: groupSize }, (_, index) => first + index));
    if (column.kind !== 'numbers') layout.blocks.push({ kind: 'category', start: first, size: groupSize });
  }
  if (column.kind === 'numbers' && names.length > 0) {
    layout.blocks.push({ kind: 'numeric', start: layout.width, size: names.length });
  }
  layout.names.push(...names);
  layout.width += names.length;
}

/** Pixels row by row, three values each, hidden in square patches: an eighth of the side. */
function imageLayout(size: number): Layout {
  const width = size * size * 3;
  const patch = Math.max(1, Math.floor(size / 8));
  const perSide = Math.ceil(size / patch);
  const groups: number[][] = Array.from({ length: perSide * perSide }, () => []);
  for (let value = 0; value < width; value++) {
    const pixel = Math.floor(value / 3);
    const [row, column] = [Math.floor(pixel / size), pixel % size];
    groups[Math.floor(row / patch) * perSide + Math.floor(column / patch)]?.push(value);
  }
  const names = Array.from(
    { length: width },
    (_, value) => `pixel ${Math.floor(value / 3)} ${'rgb'[value % 3]}`,
  );
  return { width, names, blocks: [{ kind: 'numeric', start: 0, size: width }], groups, maskRatio: 0.75 };
}
