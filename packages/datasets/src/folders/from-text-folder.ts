import { assembleBatch } from '../columns.js';
import type { Dataset } from '../dataset.js';
import type { TextEncoding } from '../formats/decode-text.js';
import { decodeText } from '../formats/decode-text.js';
import type { OwnFiles } from '../own-files.js';
import type { FolderOptions } from './find-classes.js';
import { findClasses } from './find-classes.js';
import { folderDataset } from './read-folders.js';

export interface TextFolderColumns {
  [column: string]: string[] | Int32Array;
  /** The whole file. */
  text: string[];
  /** Place of the folder's name among all; −1 for a text that lies in no folder. */
  label: Int32Array;
  path: string[];
}

export interface TextFolderOptions extends FolderOptions {
  /** Default UTF-8. */
  readonly encoding?: TextEncoding;
}

/**
 * A data set from texts (`.txt`) sorted into one folder per class (`train/pos/1.txt`), or a tar or zip of them.
 *
 * @throws DatasetError `missing` where there are no texts, `encoding` for one that is not in the encoding
 */
export async function fromTextFolder(
  files: OwnFiles,
  options: TextFolderOptions = {},
): Promise<Dataset<TextFolderColumns>> {
  const { encoding = 'utf-8' } = options;
  const folders = await findClasses(files, ['.txt'], options, 'fromTextFolder');
  const schema = {
    text: { dtype: 'string', shape: [] },
    label: { dtype: 'int32', shape: [], classNames: folders.classNames },
    path: { dtype: 'string', shape: [] },
  } as const;
  return folderDataset<TextFolderColumns>(folders, options, {
    schema,
    make: (contents, path) =>
      assembleBatch(
        schema,
        {
          text: contents.map((bytes, at) =>
            decodeText(bytes, encoding, { file: path[at], byte: 0 }).replace(/^\ufeff/, ''),
          ),
          label: Int32Array.from(path, folders.labelOf),
          path: [...path],
        },
        path.length,
      ),
  });
}
