import { seededRandom } from '@warmstart/random';
import type { Random } from '@warmstart/shapes';
import { fingerprintOf, type Pictures, pictureWidth, side } from './pictures.js';

const kinds = ['circle', 'cross', 'ring', 'square', 'triangle'] as const;
const count = 1500;

/** Pictures for whoever has none at hand: bright shapes of many sizes, places, turns and colours on dark. Drawn, not found. */
export function drawShapes(): Pictures {
  const random = seededRandom(7, 'shapes');
  const pixels = new Uint8Array(count * pictureWidth);
  const folders: string[] = [];
  for (let at = 0; at < count; at++) {
    const kind = kinds[at % kinds.length] as (typeof kinds)[number];
    draw(pixels.subarray(at * pictureWidth, (at + 1) * pictureWidth), kind, random);
    folders.push(kind);
  }
  const names = folders.map((kind, at) => `${kind} ${at + 1}`);
  return { pixels, count, names, folders, fingerprint: fingerprintOf(pixels, folders) };
}

function draw(pixels: Uint8Array, kind: (typeof kinds)[number], random: Random): void {
  const [size, turn] = [0.28 + 0.1 * random(), 0.6 * (random() - 0.5)];
  const [centreX, centreY] = [0.5 + 0.12 * (random() - 0.5), 0.5 + 0.12 * (random() - 0.5)];
  const [ink, paper] = twoColours(random);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const cover = coverage((dx, dy) => {
        const [u, v] = [(x + dx) / side - centreX, (y + dy) / side - centreY];
        return isInside(kind, (u * cos + v * sin) / size, (v * cos - u * sin) / size);
      });
      for (let channel = 0; channel < 3; channel++) {
        const value = cover * (ink[channel] as number) + (1 - cover) * (paper[channel] as number);
        pixels[3 * (y * side + x) + channel] = Math.max(0, Math.min(255, value + 14 * (random() - 0.5)));
      }
    }
  }
}

/** The share of a pixel that a shape covers, from nine points in it. */
function coverage(inside: (dx: number, dy: number) => boolean): number {
  let hits = 0;
  for (let i = 0; i < 9; i++) if (inside((1 + 2 * (i % 3)) / 6, (1 + 2 * Math.floor(i / 3)) / 6)) hits++;
  return hits / 9;
}

/** Is a point inside a shape that reaches about 1 from its middle? */
function isInside(kind: (typeof kinds)[number], u: number, v: number): boolean {
  const far = Math.hypot(u, v);
  if (kind === 'circle') return far < 0.85;
  if (kind === 'ring') return far < 0.95 && far > 0.5;
  if (kind === 'square') return Math.max(Math.abs(u), Math.abs(v)) < 0.76;
  if (kind === 'cross')
    return Math.max(Math.abs(u), Math.abs(v)) < 0.95 && Math.min(Math.abs(u), Math.abs(v)) < 0.26;
  return v > -0.55 && v < 1.1 - Math.sqrt(3) * Math.abs(u);
}

/** Of the shape and of what is behind it. */
function twoColours(random: Random): [number[], number[]] {
  const near = (level: number) => Array.from({ length: 3 }, () => level + 90 * (random() - 0.5));
  return [near(200), near(60)];
}
