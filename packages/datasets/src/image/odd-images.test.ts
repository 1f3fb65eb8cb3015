import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeImages, fromImageFolder, memoryFiles } from '../index.js';
import { sharpDecoder } from '../node.js';

// fixtures/make_odd_images.py: 16 × 8, the left half red, the right half blue
const fixture = JSON.parse(readFileSync(new URL('../../fixtures/odd-images.json', import.meta.url), 'utf8'));
const file = (name: string) => new Uint8Array(Buffer.from(fixture[name], 'base64'));
const isRed = (data: Uint8Array, at: number) => (data[at * 3] ?? 0) > 150 && (data[at * 3 + 2] ?? 0) < 50;

describe('sharpDecoder', () => {
  it.each([
    ['jpeg1', 16, 8, true],
    ['jpeg3', 16, 8, false],
    ['jpeg6', 8, 16, true],
    ['jpeg8', 8, 16, false],
    ['png6', 8, 16, true],
  ])('turns %s upright: %s × %s', async (name, width, height, redFirst) => {
    const image = await (await sharpDecoder())(file(name));
    expect([image.width, image.height]).toEqual([width, height]);
    expect(isRed(image.data, 0)).toBe(redFirst);
    const stored = await (await sharpDecoder({ orientation: 'stored' }))(file(name));
    expect([stored.width, stored.height, isRed(stored.data, 0)]).toEqual([16, 8, true]);
  });

  it('reads AVIF, and says of CMYK that its colours are an estimate', async () => {
    const decode = await sharpDecoder();
    const { data, ...avif } = await decode(file('avif'));
    expect(avif).toEqual({ width: 16, height: 8 });
    expect(isRed(data, 0) && !isRed(data, 15)).toBe(true);
    expect(await decode(file('cmyk'))).toMatchObject({ width: 16, height: 8, convertedFrom: 'cmyk' });
  });

  it.each([
    ['bmp', 'a BMP file, which sharp does not read (save it as PNG)'],
    ['floatTiff', 'pixels that are floating-point numbers, whose black and white it does not say'],
    ['int32Tiff', 'pixels that are numbers of type int'],
  ])('refuses %s and says what to do', async (name, message) => {
    await expect((await sharpDecoder())(file(name))).rejects.toThrow(message);
    await expect((await sharpDecoder())(new Uint8Array(0))).rejects.toThrow('an empty file');
  });
});

describe('decodeImages', () => {
  const pets = memoryFiles({
    'cat/1.jpg': file('jpeg1'),
    'cat/2.jpg': file('cmyk'),
    'dog/3.png': Uint8Array.of(1, 2, 3),
    'dog/4.avif': file('avif'),
    'dog/5.bmp': file('bmp'),
  });

  it('names the file that does not decode, and what to do', async () => {
    const dataset = await fromImageFolder(pets);
    const decoder = await sharpDecoder();
    await expect(dataset.map(...decodeImages({ decoder, size: 8 })).collect()).rejects.toMatchObject({
      code: 'malformed',
      file: 'dog/3.png',
      message: expect.stringContaining("Mend it, or pass unreadable: 'skip'. [dog/3.png]"),
    });
  });

  it.each([1, 2, 5])(
    'leaves unreadable files out where asked to, in batches of %s, and names each',
    async (size) => {
      const warnings: (string | undefined)[] = [];
      const decoder = await sharpDecoder();
      const onEvent = (event: { type: string; code?: string; file?: string }) => {
        if (event.type === 'warning') warnings.push(`${event.code} ${event.file}`);
      };
      const decoding = decodeImages({ decoder, size: 8, unreadable: 'skip', onEvent });
      const dataset = (await fromImageFolder(pets)).batch(size).map(...decoding);
      expect(dataset.rowCount).toBeUndefined();
      const { columns, rowCount, shapes } = await dataset.collect();
      expect([rowCount, shapes.image]).toEqual([3, [3, 8, 8, 3]]);
      expect(columns.path).toEqual(['cat/1.jpg', 'cat/2.jpg', 'dog/4.avif']);
      expect([...(columns.label as Int32Array)]).toEqual([0, 0, 1]);
      expect(isRed(columns.image as Uint8Array, 2 * 64)).toBe(true);
      expect(warnings.sort()).toEqual([
        'cmyk-image cat/2.jpg',
        'unreadable-image dog/3.png',
        'unreadable-image dog/5.bmp',
      ]);
    },
  );
});
