import type { ReadOptions } from '../definition.js';
import type { DataFile, DataFiles } from '../files.js';
import { readMatStructs } from '../formats/mat-file.js';
import { readTar } from '../formats/tar.js';
import { walk } from '../walk.js';

export interface ImagenetClasses {
  /** By class index: the WordNet id's words where a devkit or mapping says them, else the id. */
  readonly names: readonly string[];
  /** −1 for an unknown id. */
  indexOf(wnid: string): number;
  /** Of a validation image, by the devkit's ground truth or Kaggle's list. */
  wnidOfValidation(path: string): string | undefined;
}

/**
 * The classes, from what lies beside the images: the devkit's meta.mat and ground truth, Kaggle's
 * LOC_synset_mapping.txt and LOC_val_solution.csv, or the names of the folders.
 *
 * Devkit ids are not in the order of WordNet ids; models count in the order of WordNet ids, so we do.
 */
export async function readImagenetClasses(files: DataFiles, options: ReadOptions): Promise<ImagenetClasses> {
  const found = await collect(files, options);
  const wnids = [...new Set(found.words.size > 0 ? found.words.keys() : found.folders)].sort();
  const index = new Map(wnids.map((wnid, i) => [wnid, i]));
  return {
    names: wnids.map((wnid) => found.words.get(wnid) || wnid),
    indexOf: (wnid) => index.get(wnid) ?? -1,
    wnidOfValidation(path) {
      const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
      const listed = found.validation.get(name);
      if (listed !== undefined) return listed;
      const number = /ILSVRC2012_val_(\d{8})$/.exec(name)?.[1];
      const devkitId = number === undefined ? undefined : found.groundTruth[Number(number) - 1];
      return devkitId === undefined ? undefined : found.wnidOfDevkit.get(devkitId);
    },
  };
}

interface Found {
  readonly words: Map<string, string>;
  readonly wnidOfDevkit: Map<number, string>;
  readonly validation: Map<string, string>;
  readonly folders: Set<string>;
  groundTruth: number[];
}

async function collect(files: DataFiles, options: ReadOptions): Promise<Found> {
  const found: Found = {
    words: new Map(),
    wnidOfDevkit: new Map(),
    validation: new Map(),
    folders: new Set(),
    groundTruth: [],
  };
  const decode = async (bytes: Promise<Uint8Array>) => new TextDecoder('latin1').decode(await bytes);
  const tars: DataFile[] = [];
  for await (const member of walk(withoutImageArchives(files, tars), options)) {
    const { path } = member;
    const folder = /(?:^|\/)(n\d{8})(?:\.tar)?(?:\/|$)/.exec(path)?.[1];
    if (folder !== undefined) found.folders.add(folder);
    else if (/(^|\/)meta\.mat$/.test(path)) readMeta(await member.bytes(), path, found);
    else if (/validation_ground_truth\.txt$/.test(path)) {
      found.groundTruth = (await decode(member.bytes())).trim().split(/\s+/).map(Number);
    } else if (/LOC_synset_mapping\.txt$/.test(path)) {
      for (const [, wnid = '', words = ''] of (await decode(member.bytes())).matchAll(
        /^(n\d{8}) (.*?)\r?$/gm,
      )) {
        found.words.set(wnid, words);
      }
    } else if (/LOC_val_solution\.csv$/.test(path)) {
      for (const [, image = '', wnid = ''] of (await decode(member.bytes())).matchAll(
        /^([^,\s]+),(n\d{8})/gm,
      )) {
        found.validation.set(image, wnid);
      }
    }
  }
  if (found.words.size === 0) await idsInTars(tars, found.folders);
  return found;
}

/** Reading gigabytes of images to find a list of names helps nobody while something smaller tells. */
function withoutImageArchives(files: DataFiles, tars: DataFile[]): DataFiles {
  return {
    async *list() {
      for await (const file of files.list()) {
        // `match`, not `test`: once minified, a regular expression right after `for await (…)` stops Vite's lexer
        if (file.path.match(/(^|\/)(n\d{8}|train|[^/]*img_train[^/]*)\.tar$/)) tars.push(file);
        else if (!file.path.match(/img_(val|test)[^/]*\.tar$|(^|\/)(val|test)\.tar$/)) yield file;
      }
    },
  };
}

/** The ids that training archives are named by, or hold folders or archives of. */
async function idsInTars(tars: readonly DataFile[], ids: Set<string>): Promise<void> {
  for (const file of tars) {
    const own = /(?:^|\/)(n\d{8})\.tar$/.exec(file.path)?.[1];
    if (own !== undefined) {
      ids.add(own);
      continue;
    }
    for await (const { path } of readTar(file.stream(), { file: file.path })) {
      const inner = /^(?:.*\/)?(n\d{8})(?:\.tar|\/)/.exec(path)?.[1];
      if (inner !== undefined) ids.add(inner);
    }
  }
}

function readMeta(bytes: Uint8Array, file: string, found: Found): void {
  for (const entry of readMatStructs(bytes, 'synsets', file)) {
    const [id, wnid, words, children] = ['ILSVRC2012_ID', 'WNID', 'words', 'num_children'].map((key) =>
      entry.get(key),
    );
    if (typeof id !== 'number' || typeof wnid !== 'string' || children !== 0) continue; // only leaves are classes
    found.wnidOfDevkit.set(id, wnid);
    found.words.set(wnid, typeof words === 'string' ? words : '');
  }
}
