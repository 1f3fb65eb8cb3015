import { seededRandom } from '@warmstart/random';
import { encodePng } from './png.js';

/** PNG files of noise around a colour, in the folders that the tars unpack to. */
export function syntheticImagenet32(seed: number, count: number): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const split of ['train', 'valid']) {
    for (let i = 0; i < count; i++) {
      const random = seededRandom(seed, 'synthetic imagenet32', split, i);
      const rgb = Uint8Array.from(
        { length: 32 * 32 * 3 },
        (_, at) => 30 + 50 * ((i + at) % 3) + Math.floor(random() * 60),
      );
      files[`${split}_32x32/${String(i + 1).padStart(7, '0')}.png`] = encodePng(rgb, 32, 32);
    }
  }
  return files;
}
