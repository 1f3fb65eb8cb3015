import { mix } from './mix.js';

/**
 * A stream of random numbers in [0, 1), the same on every machine.
 *
 * Streams of different names are independent, and none depends on what was drawn before it: with the step
 * number in the name, a resumed run draws what the uninterrupted one would have.
 *
 * @param seed - any finite number; 0 is a seed like any other
 * @param stream - names the stream, e.g. `seededRandom(7, 'mask', step)`; 1 and '1' are different names
 * @throws TypeError if the seed is not a number, or a name is neither a number nor a string
 * @throws RangeError if the seed or a number of the stream is not finite
 * @see sfc32, Chris Doty-Humphrey, PractRand; seeded by MurmurHash3's mixing
 */
export function seededRandom(seed: number, ...stream: readonly (string | number)[]): () => number {
  if (typeof seed !== 'number') {
    throw new TypeError(
      `seededRandom: seed must be a number, got ${kindOf(seed)}. E.g. seededRandom(7, 'mask').`,
    );
  }
  let [a, b, c, counter] = stateOf([seed, ...stream]);
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}

type State = [number, number, number, number];

/**
 * Four words of state: each byte stirs one lane, each lane stirs the next. Every name has its kind in front, so
 * that no two lists of names give the same bytes.
 */
function stateOf(names: readonly (string | number)[]): State {
  const lanes: State = [0x9e3779b9 | 0, 0x243f6a88, 0xb7e15162 | 0, 0x8aed2a6b | 0];
  let position = 0;
  for (const name of names) {
    position = typeof name === 'string' ? addText(lanes, position, name) : addNumber(lanes, position, name);
  }
  for (let round = 0; round < 8; round++) stir(lanes, round, 0, 0xc2b2ae35);
  return lanes;
}

function stir(lanes: State, position: number, byte: number, factor = 0x85ebca6b): void {
  const lane = position & 3;
  const previous = lanes[(lane + 3) & 3] as number;
  lanes[lane] = mix((lanes[lane] as number) ^ Math.imul(previous ^ byte, factor));
}

function addText(lanes: State, from: number, text: string): number {
  let position = from;
  stir(lanes, position++, 1);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) {
      for (const byte of new TextEncoder().encode(text.slice(at))) stir(lanes, position++, byte);
      break;
    }
    stir(lanes, position++, code);
  }
  stir(lanes, position++, 0);
  return position;
}

/** Written before each read: a buffer for every number would take longer than all the rest. */
let scratch: DataView | undefined;

function addNumber(lanes: State, from: number, value: number): number {
  if (typeof value !== 'number') {
    throw new TypeError(`seededRandom: a stream is named by strings and numbers, got ${kindOf(value)}.`);
  }
  if (!Number.isFinite(value)) {
    throw new RangeError(`seededRandom: seed and stream numbers must be finite, got ${value}.`);
  }
  scratch ??= new DataView(new ArrayBuffer(8));
  scratch.setFloat64(0, value === 0 ? 0 : value, true); // −0 is the same stream as 0
  stir(lanes, from, 2);
  for (let at = 0; at < 8; at++) stir(lanes, from + 1 + at, scratch.getUint8(at));
  return from + 9;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
