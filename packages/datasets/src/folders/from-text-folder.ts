import type { Dataset } from '../dataset.js';
import type { TextEncoding } from '../formats/decode-text.js';
import { decodeText } from '../formats/decode-text.js';
import type { OwnFiles } from '../own-files.js';
import { findClasses } from './find-classes.js';
import type { FolderOptions } from './folder-options.js';
import { folderDataset } from './read-folders.js';

export interface TextFolderColumns {
  [column: string]: string[] | Int32Array;
  /** The whole file. */
  text: string[];
  /** Place of the class folder's name among all; −1 for a text without one. */
  label: Int32Array;
  path: string[];
}

export interface TextFolderOptions extends FolderOptions {
  /** Default UTF-8. */
  readonly encoding?: TextEncoding;
  /** Files of 0 bytes are left out (`skip`, the default), kept as empty texts, or refused. */
  readonly empty?: 'keep' | 'skip' | 'error';
}

/**
 * A data set from texts (`.txt`) sorted into one folder per class (`pos/1.txt`), or a tar or zip of them, in the way
 * of `fromImageFolder`. README.txt and the like beside the class folders are not rows.
 *
 * @throws DatasetError `missing` where there are no texts, `encoding` for one that is not in the encoding
 */
export async function fromTextFolder(
  files: OwnFiles,
  options: TextFolderOptions = {},
): Promise<Dataset<TextFolderColumns>> {
  const { encoding = 'utf-8', empty = 'skip' } = options;
  const kind = { caller: 'fromTextFolder', noun: 'texts', endings: ['.txt'], empty };
  return folderDataset<TextFolderColumns>(await findClasses(files, kind, options), options, {
    name: 'text',
    info: { dtype: 'string', shape: [] },
    decode: (contents, paths) =>
      contents.map((bytes, at) =>
        decodeText(bytes, encoding, { file: paths[at], byte: 0 }).replace(/^\ufeff/, ''),
      ),
  });
}
