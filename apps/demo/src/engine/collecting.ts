import { signal } from '@preact/signals';
import { fewestPictures, type Pictures, pictureWidth } from '../method/pictures.js';
import { type PlacedFile, picturesFrom } from '../method/read-pictures.js';
import { chooseSource } from './pretraining.js';
import { ask } from './studio.js';

/** Pictures on their way to becoming a source: dropped, or taken with the camera. */
export const collecting = {
  status: signal<string | undefined>(undefined),
  problem: signal<string | undefined>(undefined),
  /** what of a drop could not be read */
  note: signal<string | undefined>(undefined),
};

/** Reads dropped pictures and looks at them as the rows to learn from. */
export async function takePictures(files: readonly PlacedFile[]): Promise<void> {
  collecting.problem.value = undefined;
  collecting.note.value = undefined;
  collecting.status.value = `Reading ${files.length} files…`;
  try {
    const { pictures, skipped } = await ask(
      { kind: 'read-pictures', files },
      {
        onEvent: (event) => {
          if (event.type === 'read') collecting.status.value = `${event.done} of ${files.length} read…`;
        },
      },
    );
    if (skipped.length > 0) collecting.note.value = skippedText(skipped);
    await usePictures(pictures, titleOf(files));
  } catch (error) {
    collecting.problem.value = error instanceof Error ? error.message : String(error);
  } finally {
    collecting.status.value = undefined;
  }
}

/** Small pictures from the camera, as the rows to learn from. */
export async function takeFrames(frames: readonly Uint8Array[]): Promise<void> {
  const pixels = new Uint8Array(frames.length * pictureWidth);
  for (const [at, frame] of frames.entries()) pixels.set(frame, at * pictureWidth);
  const names = frames.map((_, at) => `frame ${at + 1}`);
  await usePictures(
    picturesFrom(
      pixels,
      names,
      frames.map(() => ''),
    ),
    'Pictures from the camera',
  );
}

async function usePictures(pictures: Pictures, name: string): Promise<void> {
  if (pictures.count < fewestPictures) {
    collecting.problem.value = `There are ${pictures.count} pictures; learning from them needs at least ${fewestPictures}.`;
    return;
  }
  await chooseSource({ kind: 'pictures', name, pictures });
}

function titleOf(files: readonly PlacedFile[]): string {
  const top = new Set(files.map(({ path }) => (path.includes('/') ? path.split('/')[0] : '')));
  const [only] = top;
  return top.size === 1 && only ? only : `${files.length} pictures`;
}

function skippedText(skipped: readonly string[]): string {
  const more = skipped.length > 3 ? ` and ${skipped.length - 3} more` : '';
  return `Left out, as this browser can show no picture in them: ${skipped.slice(0, 3).join(', ')}${more}.`;
}
