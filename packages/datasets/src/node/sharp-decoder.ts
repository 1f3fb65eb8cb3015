import { DatasetError } from '../errors.js';
import type { ImageDecoder, OrientationOptions } from '../image/decode-images.js';
import { withLimits } from '../limits.js';
import { installedPackage } from '../node-builtins.js';

/**
 * Decodes JPEG, PNG, WebP, AVIF, GIF, TIFF of 8 or 16 bits and whatever else `sharp` reads (an optional peer:
 * `npm install sharp`), as RGB. Of an animation, the first frame. BMP and floating-point TIFF are refused.
 *
 * @throws DatasetError `missing-peer` without sharp
 * @param options.pixels - images with more are refused before they are decoded; default 100 million
 */
export async function sharpDecoder(
  options: { readonly pixels?: number } & OrientationOptions = {},
): Promise<ImageDecoder> {
  const { orientation = 'upright' } = options;
  const { pixels } = withLimits(options.pixels === undefined ? {} : { pixels: options.pixels });
  const sharp = installedPackage('sharp') as typeof import('sharp') | undefined; // its own declaration
  if (sharp === undefined) {
    const message = 'sharpDecoder: images need the package sharp. Install it: npm install sharp.';
    throw new DatasetError('missing-peer', message);
  }
  return async (bytes) => {
    if (bytes.length === 0) throw new RangeError('an empty file');
    if (bytes[0] === 0x42 && bytes[1] === 0x4d) {
      throw new RangeError('a BMP file, which sharp does not read (save it as PNG)');
    }
    const image = sharp(bytes, { limitInputPixels: pixels });
    const { depth, space } = await image.metadata();
    if (depth !== 'uchar' && depth !== 'ushort') {
      const kind =
        depth === 'float' || depth === 'double' ? 'floating-point numbers' : `numbers of type ${depth}`;
      throw new RangeError(
        `pixels that are ${kind}, whose black and white it does not say (save it with 8 or 16 bits)`,
      );
    }
    const { data, info } = await (orientation === 'upright' ? image.rotate() : image)
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const rgb = { width: info.width, height: info.height, data: toRgb(data, info.channels) };
    return space === 'cmyk' ? { ...rgb, convertedFrom: space } : rgb;
  };
}

function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  return Uint8Array.from(
    { length: (data.length / channels) * 3 },
    (_, i) => data[Math.floor(i / 3) * channels] ?? 0,
  );
}
