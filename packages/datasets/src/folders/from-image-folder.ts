import { assembleBatch } from '../columns.js';
import type { Dataset } from '../dataset.js';
import type { OwnFiles } from '../own-files.js';
import type { FolderOptions } from './find-classes.js';
import { findClasses } from './find-classes.js';
import { folderDataset } from './read-folders.js';

const imageEnds = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff'];

export interface ImageFolderColumns {
  [column: string]: Uint8Array[] | string[] | Int32Array;
  /** The image's file. Decode it with `decodeImages`. */
  image: Uint8Array[];
  /** Place of the folder's name among all; −1 for an image that lies in no folder. */
  label: Int32Array;
  path: string[];
}

/**
 * A data set from images sorted into one folder per class (`train/cat/1.jpg`), or a tar or zip of them.
 * Only names are looked at here; files are read as rows are asked for, and decoded by `decodeImages`.
 *
 * @throws DatasetError `missing` where there are no images
 */
export async function fromImageFolder(
  files: OwnFiles,
  options: FolderOptions = {},
): Promise<Dataset<ImageFolderColumns>> {
  const folders = await findClasses(files, imageEnds, options, 'fromImageFolder');
  const schema = {
    image: { dtype: 'bytes', shape: [] },
    label: { dtype: 'int32', shape: [], classNames: folders.classNames },
    path: { dtype: 'string', shape: [] },
  } as const;
  return folderDataset<ImageFolderColumns>(folders, options, {
    schema,
    make: (image, path) =>
      assembleBatch(
        schema,
        { image: [...image], label: Int32Array.from(path, folders.labelOf), path: [...path] },
        path.length,
      ),
  });
}
