import { describe, expect, it } from 'vitest';
import fixture from '../../fixtures/odd-images.json' with { type: 'json' };
import { canvasDecoder } from './canvas-decoder.js';

// fixtures/make_odd_images.py: 16 × 8, the left half red, the right half blue
const file = (name: keyof typeof fixture) =>
  Uint8Array.from(atob(fixture[name]), (letter) => letter.charCodeAt(0));
const isRed = (data: Uint8Array, at: number) => (data[at * 3] ?? 0) > 150 && (data[at * 3 + 2] ?? 0) < 50;

describe('canvasDecoder', () => {
  it.each([
    ['jpeg1', 16, 8, true],
    ['jpeg3', 16, 8, false],
    ['jpeg6', 8, 16, true],
    ['jpeg8', 8, 16, false],
    ['png6', 8, 16, true],
  ] as const)('turns %s upright, as sharpDecoder does: %s × %s', async (name, width, height, redFirst) => {
    const image = await canvasDecoder()(file(name));
    expect([image.width, image.height, isRed(image.data, 0)]).toEqual([width, height, redFirst]);
    const stored = await canvasDecoder({ orientation: 'stored' })(file(name));
    expect([stored.width, stored.height, isRed(stored.data, 0)]).toEqual([16, 8, true]);
  });

  it('reads AVIF and BMP, and rejects what is neither', async () => {
    for (const name of ['avif', 'bmp'] as const) {
      const { data, width, height } = await canvasDecoder()(file(name));
      expect([width, height, isRed(data, 0), isRed(data, 15)]).toEqual([16, 8, true, false]);
    }
    await expect(canvasDecoder()(Uint8Array.of(1, 2, 3))).rejects.toThrow();
  });
});
