import type { JsonPart } from './json-part.js';
import { limits } from './limits.js';

/** How rows that are too long are cut. */
export interface Cut {
  /** tokens of a row, special ones included */
  readonly maxLength: number;
  readonly strategy: 'LongestFirst' | 'OnlyFirst' | 'OnlySecond';
  readonly side: 'Right' | 'Left';
}

/** The `truncation` of a tokenizer.json. */
export function cutOf(part: JsonPart | undefined): Cut | undefined {
  if (!part) return undefined;
  return {
    maxLength: part.count('max_length', limits.rowTokens),
    strategy: part.choice('strategy', ['LongestFirst', 'OnlyFirst', 'OnlySecond'], 'LongestFirst'),
    side: part.choice('direction', ['Right', 'Left'], 'Right'),
  };
}

/**
 * Cuts one text or a pair, as Hugging Face's library does: by default from the longer one until both are equally long,
 * the odd token to the longer.
 *
 * @param extra - special tokens that come to them
 * @throws RangeError if nothing would be left, or the text that may be cut is too short
 */
export function cutTexts(first: number[], second: number[] | undefined, extra: number, cut: Cut): void {
  const room = cut.maxLength - extra;
  if (room < 0) {
    throw new RangeError(
      `encode: maxLength must have room for the ${extra} special tokens of a row, got ${cut.maxLength}.`,
    );
  }
  const surplus = first.length + (second?.length ?? 0) - room;
  if (surplus <= 0) return;
  if (cut.strategy === 'LongestFirst') {
    const [left, right] = second ? sharedRoom(first.length, second.length, room) : [room, 0];
    shorten(first, left, cut.side);
    if (second) shorten(second, right, cut.side);
    return;
  }
  const only = cut.strategy === 'OnlyFirst' ? first : second;
  if (!only || only.length <= surplus) {
    throw new RangeError(
      `encode: ${surplus} tokens must be cut from the ${cut.strategy === 'OnlyFirst' ? 'first' : 'second'} text only, ` +
        `which has ${only?.length ?? 0}. Pass a greater maxLength.`,
    );
  }
  shorten(only, only.length - surplus, cut.side);
}

function sharedRoom(first: number, second: number, room: number): [number, number] {
  const shorter = Math.min(first, second);
  let [small, large] = [shorter, shorter > room ? shorter : Math.max(shorter, room - shorter)];
  if (small + large > room) {
    small = Math.floor(room / 2);
    large = room - small;
  }
  return first > second ? [large, small] : [small, large];
}

function shorten(ids: number[], length: number, side: 'Right' | 'Left'): void {
  if (side === 'Right') ids.length = length;
  else ids.splice(0, ids.length - length);
}
