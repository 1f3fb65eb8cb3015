import { seededRandom } from '@warmstart/random';
import type { Random } from '@warmstart/shapes/host';

export interface SyntheticReview {
  readonly text: string;
  /** 0 the worst … classCount − 1 the best */
  readonly label: number;
}

const good = ['lovely', 'excellent', 'friendly', 'delicious', 'perfect', 'charming'];
const bad = ['awful', 'stale', 'rude', 'terrible', 'slow', 'dirty'];
const plain = [
  'table',
  'waiter',
  'soup',
  'evening',
  'music',
  'plot',
  'scene',
  'coffee',
  'window',
  'menu',
  'café',
];
const frames = [
  (word: string, thing: string) => `The ${thing} was ${word}.`,
  (word: string, thing: string) => `I called the ${thing} "${word}", and so did my friend.`,
  (word: string, thing: string) => `What a ${word} ${thing}!`,
  (word: string, thing: string) => `We waited for the ${thing}, which was ${word}.`,
];

/**
 * Made-up reviews whose words lean the way of their class, classes in turn.
 * They hold quotes, commas, newlines and letters past ASCII, as real ones do.
 */
export function syntheticReviews(
  seed: number,
  stream: string,
  count: number,
  classCount: number,
): SyntheticReview[] {
  return Array.from({ length: count }, (_, i) => {
    const random = seededRandom(seed, 'synthetic review', stream, i);
    const label = i % classCount;
    const sentences = Array.from({ length: 2 + Math.floor(random() * 4) }, () => {
      const words = random() < (label + 0.5) / classCount ? good : bad;
      return pick(frames, random)(pick(words, random), pick(plain, random));
    });
    return { text: sentences.join(random() < 0.3 ? '\n\n' : ' '), label };
  });
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random() * values.length)] as T; // random is below 1
}
