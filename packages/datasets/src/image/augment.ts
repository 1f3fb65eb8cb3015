import type { Random } from '@warmstart/shapes/host';
import type { Columns, Schema } from '../columns.js';
import type { MapBatch, MapOptions } from '../stages/map.js';
import { crop, flip, resize } from './resize.js';
import type { RgbImage } from './rgb-image.js';

/** A random change of one image; the same random numbers give the same image. */
export type ImageChange = (image: RgbImage, random: Random) => RgbImage;

/** A square cut out anywhere, after `padding` black pixels were added on every side. */
export function randomCrop(size: number, padding = 0): ImageChange {
  return (image, random) => {
    const [width, height] = [image.width + 2 * padding, image.height + 2 * padding];
    const left = Math.floor(random() * (width - size + 1));
    const top = Math.floor(random() * (height - size + 1));
    return crop(padding === 0 ? image : pad(image, padding), { left, top, width: size, height: size });
  };
}

function pad(image: RgbImage, padding: number): RgbImage {
  const [width, height] = [image.width + 2 * padding, image.height + 2 * padding];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    data.set(row, ((y + padding) * width + padding) * 3);
  }
  return { width, height, data };
}

/** Left and right changed in half of the images, or another share. */
export function randomFlip(share = 0.5): ImageChange {
  return (image, random) => (random() < share ? flip(image) : image);
}

/**
 * A part of the image of random size and proportion, resized to a square.
 *
 * @see Szegedy et al. 2014, arXiv 1409.4842 §6; torchvision's RandomResizedCrop
 */
export function randomResizedCrop(size: number, area: readonly [number, number] = [0.08, 1]): ImageChange {
  return (image, random) => {
    for (let attempt = 0; attempt < 10; attempt++) {
      const pixels = image.width * image.height * (area[0] + (area[1] - area[0]) * random());
      const ratio = Math.exp(Math.log(3 / 4) + random() * Math.log(16 / 9));
      const width = Math.round(Math.sqrt(pixels * ratio));
      const height = Math.round(Math.sqrt(pixels / ratio));
      if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
      const left = Math.floor(random() * (image.width - width + 1));
      const top = Math.floor(random() * (image.height - height + 1));
      return resize(crop(image, { left, top, width, height }), size, size);
    }
    const side = Math.min(image.width, image.height);
    const middle = {
      left: (image.width - side) >> 1,
      top: (image.height - side) >> 1,
      width: side,
      height: side,
    };
    return resize(crop(image, middle), size, size);
  };
}

/**
 * Brightness, contrast and saturation changed by random factors in [1 − amount, 1 + amount], in this order.
 *
 * @see torchvision's ColorJitter, which draws the order too
 */
export function colorJitter(amount: {
  readonly brightness?: number;
  readonly contrast?: number;
  readonly saturation?: number;
}): ImageChange {
  const { brightness = 0, contrast = 0, saturation = 0 } = amount;
  return (image, random) => {
    const factor = (range: number) => Math.max(0, 1 + (2 * random() - 1) * range);
    const [light, spread, colour] = [factor(brightness), factor(contrast), factor(saturation)];
    const data = new Uint8Array(image.data.length);
    const pixelCount = data.length / 3;
    let mean = 0;
    for (let i = 0; i < data.length; i += 3) mean += gray(image.data, i) * light;
    mean = Math.min(255, mean / pixelCount);
    for (let i = 0; i < data.length; i += 3) {
      const level = (gray(image.data, i) * light - mean) * spread + mean;
      for (let channel = 0; channel < 3; channel++) {
        const value = ((image.data[i + channel] as number) * light - mean) * spread + mean;
        data[i + channel] = Math.max(0, Math.min(255, Math.round((value - level) * colour + level)));
      }
    }
    return { width: image.width, height: image.height, data };
  };
}

function gray(data: Uint8Array, at: number): number {
  return 0.299 * (data[at] as number) + 0.587 * (data[at + 1] as number) + 0.114 * (data[at + 2] as number);
}

/**
 * Changes every image on its own, for `dataset.map(...augmentImages([randomCrop(32, 4), randomFlip()], { seed }))`.
 * Which change an image gets depends on seed, epoch and its place in the pass, never on batching.
 *
 * @throws RangeError if the changes give images of another size than `size` (default: the size they had)
 */
export function augmentImages(
  changes: readonly ImageChange[],
  options: { readonly seed: number; readonly size?: number; readonly column?: string },
): [MapBatch<Columns, Columns>, MapOptions<Columns, Columns>] {
  const { seed, column = 'image' } = options;
  const change: MapBatch<Columns, Columns> = (batch, context) => {
    const pixels = batch.columns[column];
    const [, height = 0, width = 0] = batch.shapes[column] ?? [];
    if (!(pixels instanceof Uint8Array))
      throw new TypeError(`augmentImages: the column "${column}" must hold pixels (uint8).`);
    const [outHeight, outWidth] = [options.size ?? height, options.size ?? width];
    const changed = new Uint8Array(batch.rowCount * outHeight * outWidth * 3);
    for (let row = 0; row < batch.rowCount; row++) {
      const data = pixels.subarray(row * height * width * 3, (row + 1) * height * width * 3);
      const random = context.random(row);
      const image = changes.reduce<RgbImage>((current, apply) => apply(current, random), {
        width,
        height,
        data,
      });
      if (image.width !== outWidth || image.height !== outHeight) {
        throw new RangeError(
          `augmentImages: images must come out as ${outWidth} × ${outHeight}, got ${image.width} × ${image.height}. Set size.`,
        );
      }
      changed.set(image.data, row * outHeight * outWidth * 3);
    }
    return { ...batch.columns, [column]: changed };
  };
  const schema = (old: Schema) => {
    const [height = 0, width = 0] = old[column]?.shape ?? [];
    return {
      ...old,
      [column]: { dtype: 'uint8', shape: [options.size ?? height, options.size ?? width, 3] } as const,
    };
  };
  return [change, { seed, schema }];
}
