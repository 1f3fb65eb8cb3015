import { withLimits } from '../limits.js';
import type { ImageDecoder } from './decode-images.js';

/** Decodes whatever the browser shows; also in workers. Colour profiles are not applied. */
export function canvasDecoder(options: { readonly pixels?: number } = {}): ImageDecoder {
  const { pixels } = withLimits(options.pixels === undefined ? {} : { pixels: options.pixels });
  return async (bytes) => {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]), {
      colorSpaceConversion: 'none',
    });
    try {
      const { width, height } = bitmap;
      if (width * height > pixels)
        throw new RangeError(`an image may have at most ${pixels} pixels, got ${width * height}`);
      const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      if (context === null) throw new Error('no canvas to decode with');
      context.drawImage(bitmap, 0, 0);
      const rgba = context.getImageData(0, 0, width, height).data;
      return {
        width,
        height,
        data: Uint8Array.from(
          { length: width * height * 3 },
          (_, i) => rgba[Math.floor(i / 3) * 4 + (i % 3)] ?? 0,
        ),
      };
    } finally {
      bitmap.close();
    }
  };
}
