import type { Batch, Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, OpenedSplit, ReadOptions } from '../definition.js';
import type { DataFile, DataFiles } from '../files.js';
import { memoryFiles } from '../files.js';
import { collectBytes } from '../formats/byte-reader.js';
import { syntheticImagenet } from '../synthetic/imagenet.js';
import { walk } from '../walk.js';
import { missing } from './find-members.js';
import type { ImagenetClasses } from './imagenet-classes.js';
import { readImagenetClasses } from './imagenet-classes.js';

export interface ImagenetColumns {
  [column: string]: Uint8Array[] | string[] | Int32Array;
  /** The image's file: JPEG, once PNG. Decode it with `decodeImages`. */
  image: Uint8Array[];
  /** Place of the class's WordNet id among all ids in order, as every published model counts; −1 if unlabelled. */
  label: Int32Array;
  /** WordNet 3.0 id such as n01440764. */
  wnid: string[];
  path: string[];
}

const blockRows = 32;
const string = { dtype: 'string', shape: [] } as const;
const imageName = /\.(jpe?g|png)$/i;

function schema(classNames: readonly string[]): Schema<ImagenetColumns> {
  const label = { dtype: 'int32', shape: [], classNames } as const;
  return { image: { dtype: 'bytes', shape: [] }, label, wnid: string, path: string };
}

/** 1.3 million photographs of 1,000 kinds of things, from the user's own copy. */
export const imagenet: DatasetDefinition<ImagenetColumns> = {
  defaultSplit: 'train',
  small: false,
  card: {
    name: 'imagenet',
    title: 'ImageNet, ILSVRC 2012',
    description: 'Photographs in 1,000 classes named by WordNet 3.0 ids.',
    licence:
      'terms of access: non-commercial research and education; obtained by hand. Never downloaded for you.',
    downloadable: false,
    splits: { train: 1_281_167, validation: 50_000, test: 100_000 },
    classes: [],
    features: {
      image: 'JPEG bytes',
      label: '1,000 classes in the order of their WordNet ids',
      wnid: 'WordNet id',
      path: 'file',
    },
    source: 'https://image-net.org/',
    citation: 'Russakovsky et al. 2015. ImageNet large scale visual recognition challenge. IJCV 115.',
    files: [
      { name: 'ILSVRC2012_img_train.tar', md5: '1d675b47d978889d74fa0da5fadfb00e' },
      { name: 'ILSVRC2012_img_val.tar', md5: '29b22e2961454d5413ddabcf34fc5622' },
      { name: 'ILSVRC2012_devkit_t12.tar.gz', md5: 'fa75699e90414af021442c21a62c3abf' },
    ],
    verified:
      'Digests as one other loader states them; layouts from documents. No official file was at hand.',
    offline: 'synthetic',
  },
  async open(files, options) {
    const classes = await readImagenetClasses(files, options);
    const full = schema(classes.names);
    const listed = await listImages(files, options.split, classes);
    const open =
      listed === undefined
        ? inArchives(files, full, classes, options)
        : asFiles(listed, full, classes, options);
    return open;
  },
  offline: async ({ seed, rows = 40 }) => memoryFiles(syntheticImagenet(seed, rows)),
};

/** The split a path belongs to, in the layouts people have: ILSVRC's tars, torchvision's and Kaggle's folders. */
function splitOf(path: string): string {
  if (/(^|[/_])(val|validation)([/._]|$)|_val_/i.test(path)) return 'validation';
  if (/(^|[/_])test([/._]|$)|_test_/i.test(path)) return 'test';
  return 'train';
}

function wnidOf(path: string, split: string, classes: ImagenetClasses): string {
  const inFolder = /(?:^|\/)(n\d{8})(?:\.tar)?\/[^/]+$/.exec(path)?.[1];
  if (inFolder !== undefined) return inFolder;
  const inName = split === 'train' ? /(?:^|\/)(n\d{8})_\d+\.\w+$/.exec(path)?.[1] : undefined;
  return inName ?? classes.wnidOfValidation(path) ?? '';
}

/** The images that lie as files of their own; undefined if they lie in archives. */
async function listImages(
  files: DataFiles,
  split: string,
  classes: ImagenetClasses,
): Promise<DataFile[] | undefined> {
  const found: DataFile[] = [];
  let archives = false;
  for await (const file of files.list()) {
    if (imageName.test(file.path) && splitOf(file.path) === split) found.push(file);
    archives ||= /\.tar$/i.test(file.path) && splitOf(file.path) === split;
  }
  if (found.length > 0)
    return found.sort((a, b) => order(a.path, split, classes).localeCompare(order(b.path, split, classes)));
  return archives ? undefined : [];
}

function order(path: string, split: string, classes: ImagenetClasses): string {
  return split === 'train' ? `${wnidOf(path, split, classes)}/${path}` : path;
}

function asFiles(
  listed: DataFile[],
  full: Schema<ImagenetColumns>,
  classes: ImagenetClasses,
  options: ReadOptions,
): OpenedSplit<ImagenetColumns> {
  if (listed.length === 0) throw missing('ImageNet', `${options.split}/*/*.JPEG or an ILSVRC2012 tar`);
  const read = async (files: readonly DataFile[]) => {
    const images: Uint8Array[] = [];
    for (const file of files) images.push(await collectBytes(file.stream()));
    return toBatch(
      images,
      files.map(({ path }) => path),
      { full, classes, split: options.split },
    );
  };
  return {
    schema: full,
    rowCount: listed.length,
    at: (rows) => read(Array.from(rows, (row) => listed[row] as DataFile)),
    async *read() {
      for (let row = 0; row < listed.length; row += blockRows) {
        options.signal?.throwIfAborted();
        yield await read(listed.slice(row, row + blockRows));
      }
    },
  };
}

function inArchives(
  files: DataFiles,
  full: Schema<ImagenetColumns>,
  classes: ImagenetClasses,
  options: ReadOptions,
): OpenedSplit<ImagenetColumns> {
  return {
    schema: full,
    async *read() {
      let images: Uint8Array[] = [];
      let paths: string[] = [];
      let any = false;
      for await (const member of walk(files, options)) {
        if (!imageName.test(member.path) || splitOf(member.path) !== options.split) continue;
        any = true;
        images.push(await member.bytes());
        paths.push(member.path);
        if (images.length < blockRows) continue;
        yield toBatch(images, paths, { full, classes, split: options.split });
        [images, paths] = [[], []];
      }
      if (images.length > 0) yield toBatch(images, paths, { full, classes, split: options.split });
      if (!any) throw missing('ImageNet', `images of ${options.split}`);
    },
  };
}

function toBatch(
  images: Uint8Array[],
  paths: string[],
  { full, classes, split }: { full: Schema<ImagenetColumns>; classes: ImagenetClasses; split: string },
): Batch<ImagenetColumns> {
  const wnid = paths.map((path) => wnidOf(path, split, classes));
  const label = Int32Array.from(wnid, (id) => classes.indexOf(id));
  return assembleBatch(full, { image: images, label, wnid, path: paths }, images.length);
}
