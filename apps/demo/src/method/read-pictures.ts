import { fingerprintOf, mostPictures, type Pictures, pictureWidth, side } from './pictures.js';

/** A file and where it lay: `cats/1.jpg`. */
export interface PlacedFile {
  file: Blob;
  path: string;
}

/** Pictures that were read, and what could not be. */
export interface ReadPictures {
  pictures: Pictures;
  /** paths of files that hold no picture this browser can show */
  skipped: string[];
}

/**
 * Decodes pictures, cuts a square out of the middle of each, and shrinks it.
 *
 * @param tell - hears how many are done, now and then
 * @throws Error in plain words if there are none, or too many
 */
export async function readPictures(
  files: readonly PlacedFile[],
  tell: (done: number) => void,
): Promise<ReadPictures> {
  if (files.length > mostPictures) {
    throw new Error(
      `There are ${files.length.toLocaleString('en')} files; this page takes up to ${mostPictures.toLocaleString('en')} pictures at once.`,
    );
  }
  const names: string[] = [];
  const folders: string[] = [];
  const skipped: string[] = [];
  const pixels = new Uint8Array(files.length * pictureWidth);
  for (const [at, { file, path }] of files.entries()) {
    const picture = await smallPicture(file).catch(() => undefined);
    if (picture) {
      pixels.set(picture, names.length * pictureWidth);
      names.push(path);
      folders.push(path.split('/').at(-2) ?? '');
    } else skipped.push(path);
    if (at % 20 === 19) tell(at + 1);
  }
  if (names.length === 0) throw new Error('None of these files is a picture that this browser can show.');
  const kept = pixels.slice(0, names.length * pictureWidth);
  return { pictures: picturesFrom(kept, names, folders), skipped };
}

export function picturesFrom(pixels: Uint8Array, names: string[], folders: string[]): Pictures {
  return { pixels, count: names.length, names, folders, fingerprint: fingerprintOf(pixels, folders) };
}

/** A square from the middle of a picture: [side, side, 3]. */
export async function smallPicture(file: ImageBitmapSource): Promise<Uint8Array> {
  const whole = await createImageBitmap(file);
  const size = Math.min(whole.width, whole.height);
  const [left, top] = [(whole.width - size) / 2, (whole.height - size) / 2];
  const small = await createImageBitmap(whole, left, top, size, size, {
    resizeWidth: side,
    resizeHeight: side,
    resizeQuality: 'high',
  });
  whole.close();
  const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser offers no canvas to read pictures with.');
  context.fillStyle = '#fff'; // behind what is transparent
  context.fillRect(0, 0, side, side);
  context.drawImage(small, 0, 0);
  small.close();
  const { data } = context.getImageData(0, 0, side, side);
  return Uint8Array.from({ length: pictureWidth }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)] as number);
}
