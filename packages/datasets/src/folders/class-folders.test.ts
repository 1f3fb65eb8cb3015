import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../files.js';
import { fromImageFolder, fromTextFolder } from '../index.js';

const byte = (value: number) => Uint8Array.of(value);
const images = {
  'train/dog/2.PNG': byte(2),
  'train/cat/1.jpg': byte(1),
  'train/cat/.hidden.jpg': byte(9),
  'train/cat/notes.md': byte(9),
  'test/cat/3.jpeg': byte(3),
};

describe('fromImageFolder', () => {
  it('takes the folder an image lies in as its class', async () => {
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

  it('numbers the classes of a split as it is told', async () => {
    const test = await fromImageFolder(memoryFiles(images), { split: 'test', classNames: ['dog', 'cat'] });
    expect([...(await test.collect()).columns.label]).toEqual([1]);
    await expect(
      fromImageFolder(memoryFiles(images), { split: 'train', classNames: ['cat'] }),
    ).rejects.toThrow('fromImageFolder: every folder must be a class (cat …), got "dog".');
  });

  it('says when there are none', async () => {
    await expect(fromImageFolder(memoryFiles(images), { split: 'validation' })).rejects.toMatchObject({
      code: 'missing',
      message:
        'fromImageFolder: files named .jpg, .jpeg, .png, .webp, .gif, .bmp, .tif, .tiff in a folder "validation" are needed, got none.',
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
  });

  it('names the file that is not UTF-8', async () => {
    const files = memoryFiles({ 'a/1.txt': Uint8Array.of(0xff) });
    await expect((await fromTextFolder(files)).collect()).rejects.toMatchObject({
      code: 'encoding',
      file: 'a/1.txt',
    });
    const latin1 = await (await fromTextFolder(files, { encoding: 'latin1' })).collect();
    expect(latin1.columns.text).toEqual(['ÿ']);
  });
});
