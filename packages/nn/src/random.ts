/** Draws numbers in [0, 1). */
export type Random = () => number;

/**
 * A stream of random numbers in [0, 1), the same on every machine.
 *
 * Streams of different names are independent, and none depends on what was drawn before it: with the step
 * number in the name, a resumed run draws what the uninterrupted one would have.
 *
 * @param seed - any finite number
 * @param stream - names the stream, e.g. `seededRandom(7, 'mask', step)`; 1 and '1' are different names
 * @throws RangeError if the seed or a number of the stream is not finite
 * @see sfc32, Chris Doty-Humphrey, PractRand; seeded by MurmurHash3's mixing
 */
export function seededRandom(seed: number, ...stream: readonly (string | number)[]): Random {
  let [a, b, c, counter] = hash([seed, ...stream]);
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

/**
 * Draws from the normal distribution with mean 0 and standard deviation 1.
 *
 * @see Box and Muller 1958
 */
export function normalRandom(random: Random): Random {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random())); // 1 − u is never 0
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

type State = [number, number, number, number];

/** Four words of state out of the names: each byte stirs one lane, each lane stirs the next. */
function hash(names: readonly (string | number)[]): State {
  const lanes: State = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x8aed2a6b];
  let position = 0;
  for (const name of names) {
    for (const byte of bytesOf(name)) {
      const lane = position++ & 3;
      const previous = lanes[(lane + 3) & 3] as number;
      lanes[lane] = mix((lanes[lane] as number) ^ Math.imul(previous ^ byte, 0x85ebca6b));
    }
  }
  for (let round = 0; round < 8; round++) {
    const lane = round & 3;
    lanes[lane] = mix((lanes[lane] as number) ^ Math.imul(lanes[(lane + 3) & 3] as number, 0xc2b2ae35));
  }
  return lanes;
}

function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function bytesOf(name: string | number): Uint8Array {
  if (typeof name === 'string') return Uint8Array.of(1, ...new TextEncoder().encode(name), 0);
  if (!Number.isFinite(name)) {
    throw new RangeError(`seededRandom: seed and stream numbers must be finite, got ${name}.`);
  }
  const bytes = new Uint8Array(9);
  bytes[0] = 2;
  new DataView(bytes.buffer).setFloat64(1, name === 0 ? 0 : name, true); // −0 is the same stream as 0
  return bytes;
}
