import { withLimits } from '../limits.js';
import type { ImageDecoder, OrientationOptions } from './decode-images.js';
import { withoutExif } from './without-exif.js';

/** Decodes whatever the browser shows; also in workers. Colour profiles are not applied. */
export function canvasDecoder(options: { readonly pixels?: number } & OrientationOptions = {}): ImageDecoder {
  const { pixels } = withLimits(options.pixels === undefined ? {} : { pixels: options.pixels });
  const stored = options.orientation === 'stored';
  return async (bytes) => {
    const bitmap = await createImageBitmap(new Blob([stored ? withoutExif(bytes) : new Uint8Array(bytes)]), {
      colorSpaceConversion: 'none',
      imageOrientation: 'from-image',
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
