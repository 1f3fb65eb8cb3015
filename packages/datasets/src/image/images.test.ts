import { readFileSync } from 'node:fs';
import { seededRandom } from '@warmstart/random';
import { describe, expect, it } from 'vitest';
import {
  augmentImages,
  centerCrop,
  colorJitter,
  crop,
  decodeImages,
  flip,
  imagenetStatistics,
  load,
  normalizeImages,
  randomCrop,
  randomFlip,
  randomResizedCrop,
  resize,
} from '../index.js';
import { sharpDecoder } from '../node.js';

// resized by PIL: fixtures/make_images.py
const fixture = JSON.parse(readFileSync(new URL('../../fixtures/images.json', import.meta.url), 'utf8'));
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const image = { width: fixture.width, height: fixture.height, data: bytes(fixture.data) };

describe('resize', () => {
  it.each(Object.keys(fixture.resized))('gives PIL’s pixels at %s, to within 1', (size) => {
    const [width = 0, height = 0] = size.split('x').map(Number);
    const ours = resize(image, width, height).data;
    const theirs = bytes(fixture.resized[size]);
    expect(ours.length).toBe(theirs.length);
    expect(Math.max(...ours.map((value, i) => Math.abs(value - (theirs[i] ?? 0))))).toBeLessThanOrEqual(1);
  });

  it.each(Object.keys(fixture.bicubic))('gives PIL’s bicubic pixels at %s, to within 1', (size) => {
    const [width = 0, height = 0] = size.split('x').map(Number);
    const ours = resize(image, width, height, 'bicubic').data;
    const theirs = bytes(fixture.bicubic[size]);
    expect(Math.max(...ours.map((value, i) => Math.abs(value - (theirs[i] ?? 0))))).toBeLessThanOrEqual(1);
  });

  it('refuses an empty size', () => {
    expect(() => resize(image, 0, 3)).toThrow(
      'resize: width and height must be integers of at least 1, got 0 × 3.',
    );
  });
});

describe('crop and flip', () => {
  it('take the pixels they say', () => {
    const corner = crop(image, { left: 22, top: 18, width: 1, height: 1 });
    expect([...corner.data]).toEqual([...image.data.subarray(-3)]);
    expect(flip(flip(image))).toEqual(image);
    expect([...flip(image).data.subarray(0, 3)]).toEqual([...image.data.subarray(22 * 3, 23 * 3)]);
    expect(centerCrop(image, 5).data).toEqual(crop(image, { left: 9, top: 7, width: 5, height: 5 }).data);
    expect(() => crop(image, { left: 20, top: 0, width: 5, height: 5 })).toThrow(
      'crop: the area must lie inside 23 × 19, got 5 × 5 at 20, 0.',
    );
  });
});

describe('normalizeImages', () => {
  it('is (value / 255 − mean) / deviation of each channel', async () => {
    const dataset = await load('cifar100', { rows: 3 });
    const before = await dataset.collect();
    const { columns, shapes } = await dataset.map(...normalizeImages()).collect();
    expect(shapes.image).toEqual([3, 32, 32, 3]);
    const values = columns.image as Float32Array;
    for (const i of [0, 1, 2, 3000, 9215]) {
      const [mean = 0, deviation = 1] = [imagenetStatistics.mean[i % 3], imagenetStatistics.deviation[i % 3]];
      expect(values[i]).toBe(Math.fround(((before.columns.image[i] ?? 0) / 255 - mean) / deviation));
    }
  });
});

describe('augmentImages', () => {
  const changes = [
    randomCrop(32, 4),
    randomFlip(),
    colorJitter({ brightness: 0.2, contrast: 0.2, saturation: 0.2 }),
  ];

  it('depends on seed, epoch and place, not on batching', async () => {
    const dataset = await load('cifar100', { rows: 10 });
    const run = async (size: number, seed: number, epoch = 0) =>
      (
        await dataset
          .batch(size)
          .map(...augmentImages(changes, { seed }))
          .collect({ epoch })
      ).columns.image;
    expect(await run(3, 1)).toEqual(await run(10, 1));
    expect(await run(10, 1)).not.toEqual(await run(10, 2));
    expect(await run(10, 1, 1)).not.toEqual(await run(10, 1, 0));
  });

  it('leaves an image as it is when nothing varies', () => {
    expect(colorJitter({})(image, seededRandom(1))).toEqual(image);
    expect(randomFlip(0)(image, seededRandom(1))).toBe(image);
  });

  it('cuts parts of the size asked for', () => {
    for (let seed = 0; seed < 20; seed++) {
      const part = randomResizedCrop(9)(image, seededRandom(seed));
      expect([part.width, part.height, part.data.length]).toEqual([9, 9, 243]);
    }
  });
});

describe('decodeImages', () => {
  it('turns image files into pixels of one size', async () => {
    const dataset = await load('imagenet', { rows: 4 });
    const decoder = await sharpDecoder();
    const { columns, shapes } = await dataset.map(...decodeImages({ decoder, size: 16 })).collect();
    expect(shapes.image).toEqual([4, 16, 16, 3]);
    expect(columns.image).toBeInstanceOf(Uint8Array);
  });

  it('says that a decoder on its way must be awaited', () => {
    expect(() => decodeImages({ decoder: sharpDecoder() as never, size: 16 })).toThrow(
      'decodeImages: decoder must be a function, got a promise. Give await sharpDecoder() on Node',
    );
  });

  it('names the image that does not decode', async () => {
    const dataset = await load('imagenet', { rows: 4 });
    const decoder = async () => {
      throw new Error('no image');
    };
    await expect(dataset.map(...decodeImages({ decoder, size: 16 })).collect()).rejects.toThrow(
      "decodeImages: an image must decode, got no image. Mend it, or pass unreadable: 'skip'. [train/n01440764/n01440764_0.JPEG]",
    );
  });
});
