import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { nameSeeded } from '../fixtures/name-seeded.js';
import { expressionTokens } from './expression-tokens.js';
import { imagePreparation, prepareImages } from './image-input.js';
import { type Interpolation, resize, resizeWeights } from './resize.js';

const published = JSON.parse(
  readFileSync(new URL('../fixtures/published.json', import.meta.url), 'utf8'),
) as {
  resize: Record<string, { from: [number, number]; to: [number, number]; values: number[] }>;
  prepared: Record<string, number[]>;
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const pixels = (height: number, width: number) =>
  tf.tensor(nameSeeded('pixels', height * width * 3, 0, 256).map(Math.floor), [height, width, 3]);

describe('resize', () => {
  for (const [name, { from, to, values }] of Object.entries(published.resize)) {
    it(`${name}: Pillow's pixels, within one level`, async () => {
      const interpolation = name.split(' ')[0] as Interpolation;
      const got = await tf
        .tidy(() => resize(tf.expandDims(pixels(...from), 0), to, { interpolation, asBytes: true }))
        .data();
      const apart = values.map((value, i) => Math.abs(value - (got[i] as number)));
      expect(Math.max(...apart)).toBeLessThanOrEqual(1);
      expect(apart.filter((difference) => difference > 0).length / apart.length).toBeLessThan(0.04); // halves, which Pillow's fixed point rounds its way
    });
  }

  it('keeps constants', () => {
    for (const interpolation of ['bilinear', 'bicubic'] as const) {
      for (const row of resizeWeights(7, 5, interpolation)) {
        expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      }
    }
  });
});

describe('prepareImages', () => {
  for (const [size, values] of Object.entries(published.prepared)) {
    it(`resizes, crops and normalises ${size} as torchvision's transforms do`, async () => {
      const preparation = { ...imagePreparation('resnet50'), resizeTo: 20, cropTo: 16 };
      const [height, width] = size.split(' ').map(Number) as [number, number];
      const before = tf.memory().numTensors;
      const x = prepareImages(pixels(height, width), preparation);
      expect(tf.memory().numTensors).toBe(before + 2);
      expect(x.shape).toEqual([1, 16, 16, 3]);
      const got = await x.data();
      const worst = Math.max(...values.map((value, i) => Math.abs(value - (got[i] as number))));
      expect(worst).toBeLessThan(1.01 / (255 * 0.224)); // one level
    });
  }

  it('says what it takes', () => {
    expect(() => prepareImages(tf.zeros([4, 4]), imagePreparation('vgg19'))).toThrow(
      'prepareImages: pixels must be [height, width, 3] or [batch, height, width, 3], got [4,4].',
    );
    expect(() => prepareImages(new Uint8Array(3) as never, imagePreparation('vgg19'))).toThrow(
      'prepareImages: pixels must be one tensor',
    );
    expect(() => prepareImages(tf.zeros([4, 4, 3]), undefined as never)).toThrow(
      "Pass imagePreparation('resnet50').",
    );
    expect(() => imagePreparation('bert_base')).toThrow(
      /^imagePreparation: name must be one of vgg19, .*, got "bert_base"\.$/,
    );
  });
});

describe('expressionTokens', () => {
  it('bins log2 of counts per ten thousand, and adds a zero', () => {
    expect(
      expressionTokens([
        [0, 1, 3, 9996],
        [0, 0, 0, 0],
      ]),
    ).toEqual([
      [0, 1, 2, 5, 0],
      [0, 0, 0, 0, 0],
    ]);
    expect(() => expressionTokens([[1, -1]])).toThrow(
      'expressionTokens: counts must be finite and not negative, got -1 in cell 0, gene 1.',
    );
  });
});
