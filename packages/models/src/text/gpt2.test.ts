import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, expect, it } from 'vitest';
import { gpt2 } from './gpt2.js';

beforeAll(() => tf.setBackend('cpu'));

it('takes the state of the last token of each text, padded left or right', async () => {
  const model = gpt2({
    vocabularySize: 9,
    features: 8,
    layerCount: 1,
    headCount: 2,
    positionCount: 4,
    random: seededRandom(1),
  });
  const input = {
    tokens: [
      [0, 0, 3, 5],
      [3, 5, 0, 0],
      [1, 2, 3, 4],
    ],
    mask: [
      [0, 0, 1, 1],
      [1, 1, 0, 0],
      [1, 1, 1, 1],
    ],
  };
  const states = (await model.encode(input).array()) as number[][][];
  const features = (await model.features(input).array()) as number[][];
  for (const [text, last] of [3, 1, 3].entries()) {
    for (const [i, value] of (states[text]?.[last] ?? []).entries()) {
      expect(features[text]?.[i]).toBeCloseTo(value, 5);
    }
  }
});
