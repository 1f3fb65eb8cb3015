import { useEffect, useRef } from 'preact/hooks';
import { patchOrder, pictureWidth, side } from '../method/pictures.js';

/** A small picture, each pixel as a square. */
export function PixelPicture({ rgb, label, big = false }: { rgb: Uint8Array; label: string; big?: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(side, side);
    for (let i = 0; i < side * side; i++) {
      image.data.set([rgb[3 * i] as number, rgb[3 * i + 1] as number, rgb[3 * i + 2] as number, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
  }, [rgb]);
  return (
    <canvas
      ref={canvas}
      class={big ? 'pixels big' : 'pixels'}
      width={side}
      height={side}
      role="img"
      aria-label={label}
    />
  );
}

const order = patchOrder();

/**
 * A row of a table of pictures as pixels, with hidden values grey.
 *
 * @param values - [pictureWidth], standardised, patch by patch
 * @param hidden - 1 where a value is not to be seen
 */
export function pixelsOf(
  values: Float32Array,
  { mean, spread }: { mean: Float32Array; spread: Float32Array },
  hidden?: Uint8Array,
): Uint8Array {
  const rgb = new Uint8Array(pictureWidth);
  for (let i = 0; i < pictureWidth; i++) {
    const value = (values[i] as number) * (spread[i] as number) + (mean[i] as number);
    rgb[order[i] as number] = hidden?.[i] ? 128 : Math.max(0, Math.min(255, Math.round(255 * value)));
  }
  return rgb;
}
