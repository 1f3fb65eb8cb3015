import type { Dataset } from '../dataset.js';
import type { OwnFiles } from '../own-files.js';
import { findClasses } from './find-classes.js';
import type { FolderOptions } from './folder-options.js';
import { folderDataset } from './read-folders.js';

const imageEndings = ['.jpg', '.jpeg', '.jfif', '.png', '.webp', '.gif', '.avif', '.bmp', '.tif', '.tiff'];

export interface ImageFolderColumns {
  [column: string]: Uint8Array[] | string[] | Int32Array;
  /** The image's file. Decode it with `decodeImages`. */
  image: Uint8Array[];
  /** Place of the class folder's name among all; −1 for an image without one. */
  label: Int32Array;
  path: string[];
}

/**
 * A data set from images sorted into one folder per class (`cat/1.jpg`), or a tar or zip of them.
 *
 * The first folder is the class: `cat/indoor/1.jpg` is a cat. Folders that wrap everything count as absent, and those
 * named `train`, `val`, `test` and the like are splits: the rows then have a column `split`. What was found and what
 * was left out stands in `dataset.notes`. Only names are looked at here; files are read as rows are asked for, and
 * decoded by `decodeImages`.
 *
 * @throws DatasetError `missing` where there are no images, `malformed` for a class folder without any
 */
export async function fromImageFolder(
  files: OwnFiles,
  options: FolderOptions = {},
): Promise<Dataset<ImageFolderColumns>> {
  const kind = { caller: 'fromImageFolder', noun: 'images', endings: imageEndings, empty: 'keep' } as const;
  return folderDataset<ImageFolderColumns>(await findClasses(files, kind, options), options, {
    name: 'image',
    info: { dtype: 'bytes', shape: [] },
    decode: (contents) => [...contents],
  });
}
