import type { Dataset } from '../dataset.js';
import { collectBytes } from '../formats/byte-reader.js';
import { decodeText } from '../formats/decode-text.js';
import type { OwnFiles } from '../own-files.js';
import { asUtf8, type TableEncoding } from '../own-tables/text-encoding.js';
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
  readonly encoding?: TableEncoding;
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
    decode: (contents, paths) => Promise.all(contents.map((bytes, at) => textOf(bytes, encoding, paths[at]))),
  });
}

async function textOf(bytes: Uint8Array, encoding: TableEncoding, file: string | undefined): Promise<string> {
  const place = { file, byte: 0 };
  if (encoding === 'utf-8' || encoding === 'latin1')
    return decodeText(bytes, encoding, place).replace(/^\ufeff/, '');
  const one = (async function* () {
    yield bytes;
  })();
  return decodeText(await collectBytes(asUtf8(one, encoding)), 'utf-8', place).replace(/^\ufeff/, '');
}
