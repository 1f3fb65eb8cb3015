import type { ImageDecoder } from '../image/decode-images.js';
import { withLimits } from '../limits.js';

/**
 * Decodes JPEG, PNG and whatever else `sharp` reads (an optional peer: `npm install sharp`), as RGB.
 *
 * @param options.pixels - images with more are refused before they are decoded; default 100 million
 */
export async function sharpDecoder(options: { readonly pixels?: number } = {}): Promise<ImageDecoder> {
  const { pixels } = withLimits(options.pixels === undefined ? {} : { pixels: options.pixels });
  const { default: sharp } = await import('sharp');
  return async (bytes) => {
    const { data, info } = await sharp(bytes, { limitInputPixels: pixels })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: toRgb(data, info.channels) };
  };
}

function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  return Uint8Array.from(
    { length: (data.length / channels) * 3 },
    (_, i) => data[Math.floor(i / 3) * channels] ?? 0,
  );
}
