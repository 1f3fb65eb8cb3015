import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { blobFiles, memoryFiles } from '../files.js';
import { fromImageFolder, fromTextFolder } from '../index.js';

const byte = (value: number) => Uint8Array.of(value);
const pictures = (...paths: string[]) =>
  memoryFiles(Object.fromEntries(paths.map((path, i) => [path, byte(i)])));
const images = {
  'train/dog/2.PNG': byte(2),
  'train/cat/1.jpg': byte(1),
  'train/cat/.hidden.jpg': byte(9),
  'train/cat/notes.md': byte(9),
  'test/cat/3.jpeg': byte(3),
};

/** The class of each picture by its path, and the codes of the notes. */
async function read(...[files, options]: Parameters<typeof fromImageFolder>) {
  const dataset = await fromImageFolder(files, options);
  const { columns } = await dataset.collect();
  const names = dataset.schema.label.classNames ?? [];
  const classes = columns.path.map((path, row) => [path, names[columns.label[row] as number]]);
  return {
    dataset,
    names,
    classes: Object.fromEntries(classes) as Record<string, string | undefined>,
    notes: dataset.notes,
    codes: dataset.notes.map(({ code }) => code),
    columns,
  };
}

describe('fromImageFolder', () => {
  it('reads one split', async () => {
    const dataset = await fromImageFolder(memoryFiles(images), { split: 'train' });
    const { columns } = await dataset.collect();
    expect(dataset.schema.label.classNames).toEqual(['cat', 'dog']);
    expect([...columns.label]).toEqual([0, 1]);
    expect(columns.image).toEqual([byte(1), byte(2)]);
    expect(columns.path).toEqual(['train/cat/1.jpg', 'train/dog/2.PNG']);
    expect(dataset.randomAccess).toBe(true);
    expect(dataset.rowCount).toBe(2);
    const shuffled = await dataset.shuffle({ seed: 1 }).collect();
    expect([...shuffled.columns.path].sort()).toEqual(columns.path);
  });

  it.each([
    ['train', 'val', 'test'],
    ['Training', 'valid', 'testing'],
    ['train-set', 'dev', 'Test Set'],
  ])('uses the folders %s, %s and %s as splits', async (train, validation, test) => {
    const files = pictures(
      `${train}/cat/1.png`,
      `${train}/dog/2.png`,
      `${validation}/dog/3.png`,
      `${test}/4.png`,
    );
    const { columns, dataset, names, notes } = await read(files);
    expect(names).toEqual(['cat', 'dog']);
    expect(dataset.schema.split?.classNames).toEqual(['train', 'validation', 'test']);
    const splitOf = Object.fromEntries(columns.path.map((path, row) => [path.at(-5), columns.split?.[row]]));
    expect(splitOf).toEqual({ 1: 0, 2: 0, 3: 1, 4: 2 });
    expect(notes).toContainEqual(expect.objectContaining({ code: 'split-folders', option: 'splitFolders' }));
    expect(notes).toContainEqual(
      expect.objectContaining({ message: '1 file lies in no class folder and has no label.' }),
    );
    const one = await fromImageFolder(files, { split: 'validation' });
    expect(one.rowCount).toBe(1);
  });

  it('leaves folders that only sound like splits as classes where told so, or where others lie beside them', async () => {
    const files = pictures('train/1.png', 'test/2.png');
    expect((await read(files, { splitFolders: 'ignore' })).names).toEqual(['test', 'train']);
    expect((await read(files, { classNames: ['bus', 'test', 'train'] })).classes).toMatchObject({
      'train/1.png': 'train',
    });
    expect((await read(pictures('train/1.png', 'bus/2.png'))).names).toEqual(['bus', 'train']);
  });

  it('takes the outer of nested folders as the class, or the inner one', async () => {
    const files = pictures('cat/indoor/1.png', 'cat/outdoor/2.png', 'dog/indoor/3.png');
    const outer = await read(files);
    expect(outer.names).toEqual(['cat', 'dog']);
    expect(outer.classes['cat/outdoor/2.png']).toBe('cat');
    expect(outer.notes).toContainEqual(
      expect.objectContaining({ code: 'nested-folders', option: 'classLevel' }),
    );
    expect((await read(files, { classLevel: 'last' })).names).toEqual(['indoor', 'outdoor']);
  });

  it('looks through folders that wrap everything, stray files beside them or not', async () => {
    const wrapped = ['data/pets/cat/1.png', 'data/pets/dog/2.png', 'data/pets/dog/3.png'];
    expect((await read(pictures(...wrapped))).names).toEqual(['cat', 'dog']);
    const stray = await read(pictures(...wrapped, 'stray.png'));
    expect(stray.names).toEqual(['cat', 'dog']);
    expect(stray.classes['stray.png']).toBeUndefined();
    expect((await read(pictures('data/train/cat/1.png', 'data/val/cat/2.png'))).names).toEqual(['cat']);
    expect((await read(pictures('dog/1.png', 'dog/2.png'))).names).toEqual(['dog']);
  });

  it('reads a folder chosen in a browser as folder(path) does', async () => {
    const chosen = (path: string) =>
      Object.assign(new Blob([byte(1)]), { name: path.slice(5), webkitRelativePath: path });
    const { classes } = await read(blobFiles([chosen('pets/1.png'), chosen('pets/2.png')]));
    expect(classes).toEqual({ '1.png': undefined, '2.png': undefined });
    const sorted = await read(blobFiles([chosen('pets/cat/1.png'), chosen('pets/dog/2.png')]));
    expect(sorted.classes).toEqual({ 'cat/1.png': 'cat', 'dog/2.png': 'dog' });
  });

  it('orders classes named by numbers as numbers', async () => {
    expect((await read(pictures('1/a.png', '10/a.png', '2/a.png', 'none/a.png'))).names).toEqual([
      '1',
      '2',
      '10',
      'none',
    ]);
  });

  it('takes composed and decomposed names as one class, and says which differ in case', async () => {
    const composed = 'café'.normalize('NFC');
    const files = pictures(
      `${composed}/1.png`,
      `${composed.normalize('NFD')}/2.png`,
      'Dog/3.png',
      'dog/4.png',
    );
    const { names, columns, notes } = await read(files);
    expect(names).toEqual(['Dog', composed, 'dog'].sort());
    expect(
      new Set(columns.path.flatMap((path, row) => (path.startsWith('caf') ? columns.label[row] : []))).size,
    ).toBe(1);
    expect(notes).toContainEqual(expect.objectContaining({ kind: 'changed', code: 'same-name' }));
    expect(notes).toContainEqual(
      expect.objectContaining({ message: 'Classes differ only in upper and lower case: Dog, dog.' }),
    );
    const known = await read(files, { classNames: [composed.normalize('NFD')], unknownClass: 'unlabelled' });
    expect(known.classes[`${composed}/1.png`]).toBe(composed.normalize('NFD'));
  });

  it('counts what it leaves out', async () => {
    const files = pictures(
      'cat/1.png',
      'dog/2.avif',
      'dog/3.jfif',
      'dog/4.heic',
      'list.csv',
      '.DS_Store',
      'cat/Thumbs.db',
      '__MACOSX/cat/._1.png',
    );
    const { notes, columns } = await read(files);
    expect(columns.path).toEqual(['cat/1.png', 'dog/2.avif', 'dog/3.jfif']);
    expect(notes.filter(({ kind }) => kind === 'left-out').map(({ message }) => message)).toEqual([
      '2 files were left out, images end in other ways: 1 .heic, 1 .csv.',
      '3 files were left out, hidden or left by a system.',
    ]);
  });

  it('refuses a class that would vanish', async () => {
    const files = pictures('cat/1.png', 'dog/2.png', 'bird/3.heic', 'bird/4.heic');
    await expect(fromImageFolder(files)).rejects.toMatchObject({
      code: 'malformed',
      file: 'bird/3.heic',
      message: expect.stringContaining(
        'got none in bird. Convert the files there, or pass excludeFolders: ["bird"].',
      ),
    });
    expect((await read(files, { excludeFolders: ['bird'] })).names).toEqual(['cat', 'dog']);
    const without = await read(files, { excludeFolders: ['bird', 'dog'] });
    expect(without.names).toEqual(['cat']);
    expect(without.codes).toContain('excluded-folders');
  });

  it('numbers the classes as they are given, and says or refuses those it does not know', async () => {
    const test = await fromImageFolder(memoryFiles(images), { split: 'test', classNames: ['dog', 'cat'] });
    expect([...(await test.collect()).columns.label]).toEqual([1]);
    await expect(
      fromImageFolder(memoryFiles(images), { split: 'train', classNames: ['cat'] }),
    ).rejects.toThrow('fromImageFolder: every folder must be a class (cat), got dog. Pass unknownClass');
    const { classes, notes } = await read(memoryFiles(images), {
      classNames: ['cat'],
      unknownClass: 'unlabelled',
    });
    expect(classes['train/dog/2.PNG']).toBeUndefined();
    expect(notes).toContainEqual(
      expect.objectContaining({
        message: '1 file lies in folders that are none of the classes and has no label: dog.',
      }),
    );
    await expect(fromImageFolder(memoryFiles(images), { classLevel: 'inner' as 'last' })).rejects.toThrow(
      'fromImageFolder: classLevel must be first or last, got "inner".',
    );
  });

  it('says when there are none', async () => {
    await expect(fromImageFolder(memoryFiles(images), { split: 'validation' })).rejects.toMatchObject({
      code: 'missing',
      message:
        'fromImageFolder: files named .jpg, .jpeg, .jfif, .png, .webp, .gif, .avif, .bmp, .tif, .tiff in a folder "validation" are needed, got 4 others (test/cat/3.jpeg …).',
    });
  });

  it('gives images that lie in no folder no class', async () => {
    const { columns } = await (await fromImageFolder(memoryFiles({ 'a.jpg': byte(1) }))).collect();
    expect([...columns.label]).toEqual([-1]);
  });
});

describe('fromTextFolder', () => {
  it('reads texts, out of an archive too', async () => {
    const texts = { 'pos/1.txt': '\ufeffgood', 'neg/2.txt': 'bad' };
    const plain = await (await fromTextFolder(memoryFiles(texts))).collect();
    expect(plain.columns.text).toEqual(['bad', 'good']);
    expect([...plain.columns.label]).toEqual([0, 1]);
    const packing = Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, strToU8(text)]));
    const packed = await (await fromTextFolder(memoryFiles({ 'a.zip': zipSync(packing) }))).collect();
    expect(packed.columns.text).toEqual(['good', 'bad']);
    expect([...packed.columns.label]).toEqual([1, 0]);
    const each = {
      'train.zip': zipSync({ 'pos/1.txt': strToU8('a') }),
      'test.zip': zipSync({ 'neg/1.txt': strToU8('b') }),
    };
    const { columns } = await (await fromTextFolder(memoryFiles(each))).collect();
    expect([columns.text, [...columns.label], [...(columns.split ?? [])]]).toEqual([
      ['a', 'b'],
      [1, 0],
      [0, 2],
    ]);
  });

  it('gives the layout of aclImdb its splits, two classes and unlabelled texts', async () => {
    const files = memoryFiles({
      'aclImdb/README': 'about',
      'aclImdb/README.txt': 'about',
      'aclImdb/train/pos/1.txt': 'good',
      'aclImdb/train/neg/1.txt': 'bad',
      'aclImdb/train/unsup/1.txt': 'film',
      'aclImdb/test/pos/1.txt': 'fine',
      'aclImdb/test/neg/1.txt': 'poor',
    });
    const dataset = await fromTextFolder(files);
    const { columns } = await dataset.collect();
    expect(dataset.schema.label.classNames).toEqual(['neg', 'pos']);
    expect(columns.text).toEqual(['poor', 'fine', 'bad', 'good', 'film']);
    expect([...columns.label]).toEqual([0, 1, 0, 1, -1]);
    expect(dataset.notes.map(({ code }) => code)).toEqual([
      'split-folders',
      'classes',
      'unlabelled-folder',
      'other-files',
      'documents',
    ]);
  });

  it('leaves empty files out and says so, keeps them, or refuses them', async () => {
    const files = memoryFiles({ 'a/1.txt': 'x', 'a/2.txt': '', 'b/1.txt': 'y' });
    const dataset = await fromTextFolder(files);
    expect(dataset.rowCount).toBe(2);
    expect(dataset.notes).toContainEqual({
      kind: 'left-out',
      code: 'empty-files',
      message: '1 file was left out, of 0 bytes: a/2.txt.',
      option: 'empty',
    });
    expect((await fromTextFolder(files, { empty: 'keep' })).rowCount).toBe(3);
    await expect(fromTextFolder(files, { empty: 'error' })).rejects.toMatchObject({ file: 'a/2.txt' });
  });

  it('names the file that is not UTF-8', async () => {
    const files = memoryFiles({ 'a/1.txt': Uint8Array.of(0xff) });
    await expect((await fromTextFolder(files)).collect()).rejects.toMatchObject({
      code: 'encoding',
      file: 'a/1.txt',
    });
    const latin1 = await (await fromTextFolder(files, { encoding: 'latin1' })).collect();
    expect(latin1.columns.text).toEqual(['ÿ']);
    const old = memoryFiles({ 'a/1.txt': Uint8Array.of(0x80, 0x31), 'b/1.txt': Uint8Array.of(0xe9) });
    const windows = await (await fromTextFolder(old, { encoding: 'windows-1252' })).collect();
    expect(windows.columns.text).toEqual(['€1', 'é']);
    const wide = memoryFiles({ 'a/1.txt': Uint8Array.of(0xff, 0xfe, 0x41, 0, 0xe9, 0) });
    const utf16 = await (await fromTextFolder(wide, { encoding: 'utf-16le' })).collect();
    expect(utf16.columns.text).toEqual(['Aé']);
  });
});
