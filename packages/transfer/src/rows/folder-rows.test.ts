import { memoryFiles } from '@warmstart/datasets';
import { describe, expect, it } from 'vitest';
import type { ImagesInput, InputSchema, TextsInput } from '../schema/input-schema.js';
import { readRows } from './read-rows.js';
import type { EncodedRows, EncodeOptions, Rows } from './rows.js';

const all = (rows: Rows) => Uint32Array.from({ length: rows.rowCount }, (_, row) => row);

async function encoded(rows: Rows, input: InputSchema, options?: EncodeOptions): Promise<EncodedRows> {
  for await (const block of rows.encode(input, options)) return block;
  throw new Error('a block was expected');
}

// a decoder of its own: width, height, then one byte of grey a pixel
const decoder = async () => async (bytes: Uint8Array) => {
  const [width = 0, height = 0] = bytes;
  if (bytes.length !== 2 + width * height) throw new Error('not an image');
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, at) => bytes[2 + Math.floor(at / 3)] as number,
  );
  return { width, height, data };
};
const grey = (value: number) => Uint8Array.from([8, 8, ...new Array<number>(64).fill(value)]);
const pictures = {
  'cat/1.png': grey(0),
  'cat/2.png': grey(51),
  'dog/1.png': grey(204),
  'dog/2.png': grey(255),
};

describe('readRows of images', () => {
  it('takes the options that the notes and errors of reading name', async () => {
    const nested = Object.fromEntries(
      Object.entries(pictures).map(([path, bytes]) => [path.replace('/', '/indoor/'), bytes]),
    );
    const classNames = async (files: Record<string, Uint8Array>, options: Parameters<typeof readRows>[1]) => {
      const { output } = await readRows(memoryFiles(files), { decoder, ...options });
      return output?.kind === 'classes' ? output.classNames : undefined;
    };
    expect(await classNames({ ...nested, 'dog/outdoor/1.png': grey(9) }, { classLevel: 'last' })).toEqual([
      'indoor',
      'outdoor',
    ]);
    expect(await classNames({ ...pictures, 'bird/1.heic': grey(9) }, { excludeFolders: ['bird'] })).toEqual([
      'cat',
      'dog',
    ]);
    expect(
      await classNames({ 'train/1.png': grey(9), 'test/1.png': grey(8) }, { splitFolders: 'ignore' }),
    ).toEqual(['test', 'train']);
  });

  it('reads classes by folder, standardises channels, and knows equal pictures', async () => {
    const rows = await readRows(memoryFiles({ ...pictures, 'dog/3.png': grey(0) }), {
      imageSize: 4,
      decoder,
    });
    expect(rows).toMatchObject({
      kind: 'images',
      rowCount: 5,
      output: { kind: 'classes', classNames: ['cat', 'dog'] },
    });
    const { ids, outputs } = await rows.index();
    expect([...(outputs ?? [])]).toEqual([0, 0, 1, 1, 1]);
    expect([ids[0] === ids[4], new Set(ids).size]).toEqual([true, 4]);
    const input = (await rows.fitInput(Uint32Array.of(0, 3))) as ImagesInput;
    expect(input).toMatchObject({
      size: 4,
      shorterSide: 4,
      mean: [0.5, 0.5, 0.5],
      deviation: [0.5, 0.5, 0.5],
    });
    const { features } = await encoded(rows, input, { rows: Uint32Array.of(0, 1, 3) });
    expect([features.length, features[0], features[4 * 4 * 3], features.at(-1)]).toEqual([
      144,
      -1,
      Math.fround(-0.6),
      1,
    ]);
  });

  it('numbers the classes of new pictures as the model does, and refuses other classes', async () => {
    const rows = await readRows(memoryFiles(pictures), { imageSize: 4, decoder });
    const input = await rows.fitInput(all(rows));
    const like = { input, ...(rows.output ? { output: rows.output } : {}) };
    const dogs = await readRows(memoryFiles({ 'dog/9.png': grey(9), 'cat/9.png': grey(8) }), {
      like,
      decoder,
    });
    expect([...((await dogs.index()).outputs ?? [])].sort()).toEqual([0, 1]);
    await expect(
      readRows(memoryFiles({ 'fox/9.png': grey(9), 'cat/9.png': grey(8) }), { like, decoder }),
    ).rejects.toThrow('fox');
    const loose = await readRows(memoryFiles({ '9.png': grey(9), '8.png': grey(8) }), { like, decoder });
    expect([loose.output, loose.rowCount]).toEqual([undefined, 2]);
  });

  it('names the picture that cannot be read', async () => {
    const rows = await readRows(memoryFiles({ ...pictures, 'dog/bad.png': Uint8Array.of(9, 9, 1) }), {
      imageSize: 4,
      decoder,
    });
    await expect(rows.fitInput(all(rows))).rejects.toMatchObject({
      code: 'bad-value',
      message: expect.stringContaining('dog/bad.png'),
    });
  });

  it('decodes by sharp in Node, cubic where the model says so', async () => {
    const rows = await readRows('imagenet', { imageSize: 8 });
    expect(rows).toMatchObject({ kind: 'images', origin: 'synthetic', name: 'imagenet' });
    const input = (await rows.fitInput(all(rows))) as ImagesInput;
    const [soft, sharp] = [
      await encoded(rows, input),
      await encoded(rows, { ...input, interpolation: 'bicubic' }),
    ];
    expect(soft.features.some((value, at) => value !== sharp.features[at])).toBe(true);
  });
});

describe('readRows of texts', () => {
  it('reads folders of texts with a tokenizer of their own, and refuses tables for such a model', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [
        `${at % 2 ? 'good' : 'bad'}/${at}.txt`,
        `it was ${at % 2 ? 'good' : 'bad'} number ${at}`,
      ]),
    );
    const rows = await readRows(memoryFiles(files), { textLength: 8 });
    expect(rows).toMatchObject({ kind: 'texts', rowCount: 20, output: { classNames: ['bad', 'good'] } });
    const input = (await rows.fitInput(all(rows))) as TextsInput;
    const { features } = await encoded(rows, input);
    expect(features.length).toBe(160);
    expect(features.every((id) => Number.isInteger(id) && id >= 0 && id < input.vocabularySize)).toBe(true);
    const table = memoryFiles({ 'own.csv': 'a,b\n1,2\n3,4\n' });
    await expect(readRows(table, { like: { input } })).rejects.toMatchObject({ code: 'other-data' });
  });

  it('says what is in a folder that holds nothing it can read', async () => {
    await expect(readRows(memoryFiles({ 'a.exe': 'x', 'b.exe': 'y' }))).rejects.toThrow(
      'got 2 other files, such as a.exe',
    );
    await expect(readRows(memoryFiles({}))).rejects.toMatchObject({ code: 'no-data' });
  });
});
