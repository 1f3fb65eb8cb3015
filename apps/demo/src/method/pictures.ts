import { type Dataset, fromColumns } from '@warmstart/datasets';

/** Pictures as the page learns from them: small squares of colour. Plain data. */
export interface Pictures {
  /** [count, side, side, 3], 0 … 255 */
  pixels: Uint8Array;
  count: number;
  names: string[];
  /** the folder each lay in, '' where it lay in none */
  folders: string[];
  /** of the pixels and folders */
  fingerprint: string;
}

/** Width and height of a picture, and of the patches that are hidden as a whole. */
export const side = 24;
export const patch = 4;
export const pictureWidth = side * side * 3;
export const patchWidth = patch * patch * 3;
/** fewer teach nothing, more do not fit an ordinary tab */
export const fewestPictures = 30;
export const mostPictures = 5000;

/** Where each value of a row lies in a picture: patch by patch, so that a patch is one group of columns. */
export function patchOrder(): Int32Array {
  const order = new Int32Array(pictureWidth);
  const across = side / patch;
  let at = 0;
  for (let block = 0; block < across * across; block++) {
    const [top, left] = [patch * Math.floor(block / across), patch * (block % across)];
    for (let inside = 0; inside < patch * patch; inside++) {
      const [y, x] = [top + Math.floor(inside / patch), left + (inside % patch)];
      for (let channel = 0; channel < 3; channel++) order[at++] = 3 * (y * side + x) + channel;
    }
  }
  return order;
}

/** Pixels of pictures, as rows: [count, pictureWidth], 0 … 1, patch by patch. */
export function pictureRows(pixels: Uint8Array): Float32Array {
  const order = patchOrder();
  const rows = new Float32Array(pixels.length);
  for (let start = 0; start < pixels.length; start += pictureWidth) {
    for (let i = 0; i < pictureWidth; i++) {
      rows[start + i] = (pixels[start + (order[i] as number)] as number) / 255;
    }
  }
  return rows;
}

/**
 * @throws Error in plain words if there are too few
 */
export function pictureDataset({ pixels, count, folders }: Pictures): Dataset {
  if (count < fewestPictures) {
    throw new Error(`There are ${count} pictures; learning from them needs at least ${fewestPictures}.`);
  }
  const classNames = classesOf(folders);
  const labels = Int32Array.from(folders, (folder) => Math.max(0, classNames.indexOf(folder)));
  return fromColumns(
    { features: pictureRows(pixels), label: labels },
    {
      schema: {
        features: { dtype: 'float32', shape: [pictureWidth] },
        label: { dtype: 'int32', shape: [], classNames },
      },
    },
  ) as unknown as Dataset; // float32 features and int32 classes, which prepareTable proves
}

/** Folders are classes if there are at least two and every picture lies in one. */
function classesOf(folders: readonly string[]): string[] {
  const names = [...new Set(folders)].sort();
  return names.length >= 2 && names.length <= 50 && !names.includes('') ? names : [];
}

/** Names the pictures by what they hold. @see FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv */
export function fingerprintOf(pixels: Uint8Array, folders: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const byte of pixels) hash = Math.imul(hash ^ byte, 0x01000193);
  for (const byte of new TextEncoder().encode(folders.join('/'))) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${pixels.length / pictureWidth}-${(hash >>> 0).toString(16)}`;
}
