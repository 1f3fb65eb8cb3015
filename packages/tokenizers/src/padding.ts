import type { JsonPart } from './json-part.js';
import { limits } from './limits.js';
import type { TypedRow } from './template.js';

/** How rows are brought to one length. */
export interface Padding {
  readonly id: number;
  readonly type: number;
  readonly side: 'Right' | 'Left';
  /** tokens of every row; the longest row's where undefined */
  readonly length: number | undefined;
  readonly multipleOf: number;
}

/** The `padding` of a tokenizer.json. */
export function paddingOf(part: JsonPart | undefined): Padding | undefined {
  if (!part) return undefined;
  const strategy = part.value('strategy');
  const isFixed = typeof strategy === 'object';
  return {
    id: part.count('pad_id', limits.ids - 1, 0),
    type: part.count('pad_type_id', 255, 0),
    side: part.choice('direction', ['Right', 'Left'], 'Right'),
    length: isFixed ? part.part('strategy')?.count('Fixed', limits.rowTokens) : undefined,
    multipleOf: part.count('pad_to_multiple_of', limits.rowTokens, 1) || 1,
  };
}

/** Rows of one length, 1 for each of their own tokens and 0 for what was put in. */
export function padRows(
  rows: readonly TypedRow[],
  padding: Padding,
): { tokens: number[][]; mask: number[][]; types: number[][] } {
  const longest = rows.reduce((most, { ids }) => Math.max(most, ids.length), padding.length ?? 0);
  const length = Math.ceil(longest / padding.multipleOf) * padding.multipleOf;
  const fill = (row: readonly number[], value: number) => {
    const added = new Array<number>(length - row.length).fill(value);
    return padding.side === 'Right' ? [...row, ...added] : [...added, ...row];
  };
  return {
    tokens: rows.map(({ ids }) => fill(ids, padding.id)),
    mask: rows.map(({ ids }) => fill(new Array<number>(ids.length).fill(1), 0)),
    types: rows.map(({ types }) => fill(types, padding.type)),
  };
}
