import type { ColumnBlock } from '@warmstart/ssl-masking';
import type { InputColumn, InputSchema } from './input-schema.js';

/** What masking and rebuilding need to know of prepared rows. */
export interface Layout {
  readonly width: number;
  /** One name a feature, for messages and reports. */
  readonly names: readonly string[];
  readonly blocks: readonly ColumnBlock[];
  /** Features that are hidden together. */
  readonly groups: readonly (readonly number[])[];
  /** The share to hide where nothing else is said. */
  readonly maskRatio: number;
}

/** The layout of what a schema makes. Texts have one feature a token. */
export function layoutOf(input: InputSchema): Layout {
  switch (input.kind) {
    case 'images':
      return imageLayout(input.size);
    case 'texts':
      return tokenLayout(input.length);
    case 'counts':
      return countsLayout(input.genes);
    case 'table':
      return tableLayout(input.columns);
  }
}

function tokenLayout(length: number): Layout {
  const names = Array.from({ length }, (_, place) => `token ${place + 1}`);
  return { width: length, names, blocks: [], groups: names.map((_, place) => [place]), maskRatio: 0.15 };
}

function countsLayout(genes: readonly { readonly id: string; readonly symbol?: string }[]): Layout {
  const names = genes.map(({ id, symbol }) => symbol ?? id);
  return {
    width: names.length,
    names,
    blocks: [{ kind: 'numeric', start: 0, size: names.length }],
    groups: names.map((_, gene) => [gene]),
    maskRatio: 0.5,
  };
}

/** The features of one column, and how they belong together. */
interface ColumnFeatures {
  names: readonly string[];
  kind: ColumnBlock['kind'];
  /** How many features make one block, hidden together. */
  unit: number;
}

function tableLayout(columns: readonly InputColumn[]): Layout {
  const names: string[] = [];
  const blocks: ColumnBlock[] = [];
  const groups: number[][] = [];
  for (const column of columns) {
    const parts = featuresOf(column);
    const whole: number[] = [];
    for (const { names: found, kind, unit } of parts) {
      for (let start = 0; start < found.length; start += unit) {
        const first = names.length + start;
        addBlock(blocks, { kind, start: first, size: unit });
        const group = Array.from({ length: unit }, (_, index) => first + index);
        if (column.type === 'one-hot' || column.type === 'text') groups.push(group);
        else whole.push(...group);
      }
      names.push(...found);
    }
    if (whole.length > 0) groups.push(whole);
  }
  return { width: names.length, names, blocks, groups, maskRatio: 0.5 };
}

/** Neighbouring blocks of numbers are one block. */
function addBlock(blocks: ColumnBlock[], block: ColumnBlock): void {
  const last = blocks.at(-1);
  if (last && last.kind === block.kind && block.kind !== 'category') last.size += block.size;
  else blocks.push(block);
}

function featuresOf(column: InputColumn): ColumnFeatures[] {
  switch (column.type) {
    case 'number':
      return [
        { names: [column.name], kind: 'numeric', unit: 1 },
        ...(column.indicator ? [indicator(column.name)] : []),
      ];
    case 'category':
      return [
        {
          names: column.words.map((word) => `${column.name}=${word}`),
          kind: 'category',
          unit: column.words.length,
        },
      ];
    case 'date':
      return [
        { names: [column.name], kind: 'numeric', unit: 1 },
        {
          names: column.cycles.flatMap((cycle) => [
            `${column.name}: sine of ${cycle}`,
            `${column.name}: cosine of ${cycle}`,
          ]),
          kind: 'numeric',
          unit: 2,
        },
        ...(column.indicator ? [indicator(column.name)] : []),
      ];
    case 'text':
      return [{ names: column.words.map((word) => `${column.name}: ${word}`), kind: 'numeric', unit: 1 }];
    case 'one-hot':
      return [{ names: column.names, kind: 'category', unit: column.groupSize }];
  }
}

function indicator(name: string): ColumnFeatures {
  return { names: [`${name} is missing`], kind: 'binary', unit: 1 };
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
