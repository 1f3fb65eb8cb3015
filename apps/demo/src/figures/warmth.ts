/** Dark to bright, in even steps of lightness; readable without colour vision. */
const stops = [
  [22, 24, 48],
  [86, 28, 98],
  [176, 54, 86],
  [238, 122, 62],
  [253, 226, 146],
] as const;

/** @param share - in [0, 1]; @returns red, green, blue, 0 … 255 */
export function warmth(share: number): [number, number, number] {
  const at = Math.min(0.9999, Math.max(0, share)) * (stops.length - 1);
  const [low, high] = [stops[Math.floor(at)] ?? stops[0], stops[Math.floor(at) + 1] ?? stops[4]];
  const part = at - Math.floor(at);
  const mix = (channel: 0 | 1 | 2) => Math.round(low[channel] + part * (high[channel] - low[channel]));
  return [mix(0), mix(1), mix(2)];
}

const shades = 1024;
let palette: Uint32Array | undefined;

/** Many at once, as the bytes of a picture. @param shares - in [0, 1] */
export function warmthPixels(shares: Float32Array): Uint8ClampedArray<ArrayBuffer> {
  if (!palette) {
    const bytes = new Uint8Array(4 * shades);
    for (let at = 0; at < shades; at++) bytes.set([...warmth(at / (shades - 1)), 255], 4 * at);
    palette = new Uint32Array(bytes.buffer);
  }
  const pixels = new Uint32Array(shares.length);
  for (let at = 0; at < shares.length; at++) {
    const share = Math.min(1, Math.max(0, shares[at] as number));
    pixels[at] = palette[Math.round(share * (shades - 1))] as number;
  }
  return new Uint8ClampedArray(pixels.buffer);
}

/** The same as a CSS gradient, from 0 to 1. */
export function warmthGradient(): string {
  return `linear-gradient(to right, ${stops.map((stop) => `rgb(${stop.join(' ')})`).join(', ')})`;
}
