import { memoryFiles } from '@warmstart/datasets';
import { describe, expect, it } from 'vitest';
import type { InputSchema, TableInput } from '../schema/input-schema.js';
import { layoutOf } from '../schema/layout.js';
import type { RowsOptions } from './open/rows-options.js';
import { readRows } from './read-rows.js';
import type { EncodedRows, EncodeOptions, Rows } from './rows.js';

const own = (text: string, options?: RowsOptions) => readRows(memoryFiles({ 'own.csv': text }), options);

function all(rows: Rows): Uint32Array {
  return Uint32Array.from({ length: rows.rowCount }, (_, row) => row);
}

async function encoded(rows: Rows, input: InputSchema, options?: EncodeOptions): Promise<EncodedRows> {
  const blocks: EncodedRows[] = [];
  for await (const block of rows.encode(input, options)) blocks.push(block);
  const [only] = blocks;
  if (only === undefined || blocks.length > 1) throw new Error('one block was expected');
  return only;
}

const people = `age,sex,city,outcome
30,m,Bern,no
31,f,Oslo,yes
32,m,Bern,no
33,f,Oslo,yes
`;

describe('readRows', () => {
  it('reads numbers, categories and a label', async () => {
    const rows = await own(people);
    expect(rows.output).toEqual({ kind: 'classes', column: 'outcome', classNames: ['no', 'yes'] });
    const input = (await rows.fitInput(all(rows))) as TableInput;
    expect(input.columns).toEqual([
      { type: 'number', name: 'age', mean: 31.5, deviation: Math.sqrt(1.25) },
      { type: 'category', name: 'sex', words: ['f', 'm'] },
      { type: 'category', name: 'city', words: ['Bern', 'Oslo'] },
    ]);
    const { features, outputs, known } = await encoded(rows, input);
    expect(layoutOf(input).width).toBe(5);
    expect([...features.subarray(0, 5)]).toEqual([Math.fround(-1.5 / Math.sqrt(1.25)), 0, 1, 1, 0]);
    expect([...(outputs ?? [])]).toEqual([0, 1, 0, 1]);
    expect(known).toBeUndefined();
  });

  it('standardises in float64: Unix times a second apart stay apart', async () => {
    const lines = Array.from({ length: 40 }, (_, row) => `${1_700_000_000 + row * 3},${row % 2 ? 'a' : 'b'}`);
    const rows = await own(`seconds,label\n${lines.join('\n')}\n`, { types: { seconds: 'number' } });
    const { features } = await encoded(rows, await rows.fitInput(all(rows)));
    expect(new Set(features).size).toBe(40);
  });

  it('keeps every feature finite, however large numbers are', async () => {
    const rows = await own('x,label\n1e308,a\n-1e308,b\n1e307,a\n0,b\n');
    const input = await rows.fitInput(all(rows));
    expect(JSON.parse(JSON.stringify(input))).toEqual(input);
    expect([...(await encoded(rows, input)).features]).toEqual([1, -1, Math.fround(0.1), 0]);
  });

  it('reads columns of new rows by name, in any order, and says what it leaves out', async () => {
    const rows = await own(people);
    const input = await rows.fitInput(all(rows));
    const like = rows.output ? { input, output: rows.output } : { input };
    const mixed = await own('note,city,sex,age\nhello,Bern,m,30\nbye,Oslo,f,33\n', { like });
    expect(mixed.output).toBeUndefined();
    expect(mixed.notes.join()).toContain('not used, the model has not learned them: note');
    const [first, again] = [await encoded(rows, input), await encoded(mixed, input)];
    expect([...again.features.subarray(0, 5)]).toEqual([...first.features.subarray(0, 5)]);
    await expect(own('age,sex\n1,m\n', { like })).rejects.toMatchObject({
      code: 'no-column',
      message: expect.stringContaining('city'),
    });
    await expect(own(people, { like, ignore: ['age'] })).rejects.toMatchObject({ code: 'no-column' });
    expect(
      (await own(people, { like: { input, output: rows.output as never }, ignore: ['outcome'] })).output,
    ).toBeUndefined();
    await expect(own('Age,sex,city\n1,m,Bern\n', { like })).rejects.toThrow('Is "Age" meant?');
  });

  it('numbers classes as the model does, and refuses one it does not know', async () => {
    const rows = await own('x,kind\n1,a\n2,b\n3,c\n1.5,a\n2.5,b\n3.5,c\n');
    const input = await rows.fitInput(all(rows));
    const like = rows.output ? { input, output: rows.output } : { input };
    expect([...((await (await own('x,kind\n2,b\n3,c\n', { like })).index()).outputs ?? [])]).toEqual([1, 2]);
    await expect(own('x,kind\n2,b\n3,z\n', { like })).rejects.toMatchObject({
      code: 'unknown-value',
      message: expect.stringContaining('class z'),
    });
    const lenient = await own('x,kind\n2,b\n3,z\n', { like, unknown: 'missing' });
    expect([...((await lenient.index()).outputs ?? [])]).toEqual([1, -1]);
    expect(lenient.notes.join()).toContain('count as unlabelled');
  });

  it('refuses words that were not learned, or counts them as missing', async () => {
    const rows = await own(people);
    const input = await rows.fitInput(all(rows));
    const strange = await own('age,sex,city\n30,M,Bern\n31,F,Oslo\n', { like: { input } });
    await expect(encoded(strange, input)).rejects.toMatchObject({
      code: 'unknown-value',
      message: expect.stringContaining('sex: 2 of 2 rows hold words the model has not learned (M, F)'),
    });
    const notes: string[] = [];
    const block = await encoded(strange, input, { unknown: 'missing', onNote: (note) => notes.push(note) });
    expect([...(block.known ?? [])].slice(0, 5)).toEqual([1, 0, 0, 1, 1]);
    expect(notes).toEqual([expect.stringContaining('sex: 2 of 2')]);
  });

  it('names row, column and remedy of one odd cell among numbers', async () => {
    const lines = Array.from(
      { length: 20 },
      (_, row) => `${row === 7 ? 'old' : row + 0.5},${row % 2 ? 'a' : 'b'}`,
    );
    const text = `age,label\n${lines.join('\n')}\n`;
    await expect(own(text)).rejects.toMatchObject({
      code: 'bad-value',
      message: expect.stringMatching(
        /column "age" holds numbers, but "old" in row 8.*option missing.*option types/,
      ),
    });
    const rows = await own(text, { missing: ['old'] });
    expect(rows.columns[0]).toMatchObject({ type: 'number', missing: 1 });
    expect((await own(text, { types: { age: 'category' } })).columns[0]?.type).toBe('category');
  });

  it('adds a feature for values that many rows lack', async () => {
    const lines = Array.from(
      { length: 40 },
      (_, row) => `${row % 4 === 0 ? '' : row / 7},${row % 2 ? 'a' : 'b'}`,
    );
    const rows = await own(`x,label\n${lines.join('\n')}\n`);
    const input = (await rows.fitInput(all(rows))) as TableInput;
    expect(input.columns[0]).toMatchObject({ type: 'number', indicator: true });
    const { features, known } = await encoded(rows, input);
    expect([...features.subarray(0, 2)]).toEqual([0, 1]);
    expect(features[3]).toBe(0);
    expect([...(known ?? new Uint8Array(0)).subarray(0, 4)]).toEqual([0, 1, 1, 1]);
  });

  it('says which words count as missing, and lets them be classes', async () => {
    const lines = Array.from({ length: 30 }, (_, row) => `${row / 3},${['None', 'Mild', 'Severe'][row % 3]}`);
    const text = `x,severity\n${lines.join('\n')}\n`;
    const rows = await own(text);
    expect(rows.notes.join('; ')).toContain('severity: "None" in 10 of 30 rows counts as no label');
    const kept = await own(text, { missingValues: [''] });
    expect(kept.output).toMatchObject({ classNames: ['Mild', 'None', 'Severe'] });
  });

  it('leaves ids out, with a note, and takes them where it is told to', async () => {
    const lines = Array.from(
      { length: 30 },
      (_, row) => `${row},${row / 7},P${row * 31},${row % 2 ? 'a' : 'b'}`,
    );
    const text = `id,x,patient,label\n${lines.join('\n')}\n`;
    const rows = await own(text);
    expect(rows.columns.map(({ type }) => type)).toEqual(['ignored', 'number', 'ignored', 'label']);
    expect(rows.notes.join('; ')).toMatch(/id counts the rows.*left out.*patient is an id.*left out/);
    expect((await own(text, { types: { id: 'number' } })).columns[0]?.type).toBe('number');
  });

  it('reads dates as days and the cycles that vary', async () => {
    const lines = Array.from(
      { length: 24 },
      (_, row) => `${2020 + (row % 2)}-${String((row % 12) + 1).padStart(2, '0')}-15,${row % 2 ? 'a' : 'b'}`,
    );
    const rows = await own(`when,label\n${lines.join('\n')}\n`);
    const input = (await rows.fitInput(all(rows))) as TableInput;
    expect(input.columns[0]).toMatchObject({ type: 'date', cycles: ['year', 'week'] });
    const { features } = await encoded(rows, input);
    const angle = (2 * Math.PI * (Date.UTC(2020, 0, 15) / 86_400_000)) / 365.2425;
    expect(features[1]).toBeCloseTo(Math.sin(angle), 6);
    expect(features[2]).toBeCloseTo(Math.cos(angle), 6);
  });

  it('mixes a column of text with numbers, and takes text alone for texts', async () => {
    const lines = Array.from(
      { length: 24 },
      (_, row) => `${row / 5},it was ${row % 2 ? 'good' : 'bad'} on day ${row},${row % 2 ? 'a' : 'b'}`,
    );
    const rows = await own(`x,review,label\n${lines.join('\n')}\n`);
    const input = (await rows.fitInput(all(rows))) as TableInput;
    expect(input.columns[1]).toMatchObject({
      type: 'text',
      words: ['bad', 'day', 'good', 'it', 'on', 'was'],
    });
    const { features } = await encoded(rows, input);
    const squares = [...features.subarray(1, 7)].reduce((sum, value) => sum + value * value, 0);
    expect(squares).toBeCloseTo(6, 5);
    const texts = await own(
      `review,label\n${lines.map((line) => line.split(',').slice(1).join(',')).join('\n')}\n`,
    );
    expect(texts.kind).toBe('texts');
    expect((await encoded(texts, await texts.fitInput(all(texts)))).features.length).toBe(24 * 128);
  });

  it('gives equal rows equal ids, whatever the order of columns and the way numbers are written', async () => {
    const ids = async (text: string) => [...(await (await own(text, { label: 'y' })).index()).ids];
    const [first] = await ids('a,b,y\n5,x,p\n6,x,q\n7,x,p\n8,x,q\n');
    expect((await ids('b,a,y\nx,5.0,q\nx,5e0,p\nx,7,q\nx,8,p\n')).slice(0, 2)).toEqual([first, first]);
    expect(new Set(await ids('a,b,y\n5,x,p\n6,x,q\n5,z,p\n6,z,q\n')).size).toBe(4);
    expect(Number.isSafeInteger(first) && (first as number) < 2 ** 40).toBe(true);
  });

  it('reads a split column', async () => {
    const rows = await own('x,part,label\n1,train,a\n2,val,b\n3,test,a\n4,train,b\n', {
      splitColumn: 'part',
    });
    expect([...((await rows.index()).parts ?? [])]).toEqual([0, 1, 2, 0]);
    await expect(
      own('x,part,label\n1,train,a\n2,other,b\n3,test,a\n4,train,b\n', { splitColumn: 'part' }),
    ).rejects.toThrow('got "other" in row 2');
  });

  it('refuses options, columns and sources that are not there', async () => {
    await expect(own(people, { lable: 'outcome' } as RowsOptions)).rejects.toMatchObject({
      code: 'bad-option',
    });
    await expect(own(people, { label: 'Outcome' })).rejects.toThrow('Did you mean "outcome"?');
    await expect(readRows('nowhere.csv')).rejects.toMatchObject({ code: 'no-data' });
    await expect(readRows(7 as never)).rejects.toThrow(TypeError);
    await expect(own('a,b,label\n')).rejects.toMatchObject({ code: 'no-data' });
  });

  it('reads data sets by name: one-hot columns in groups', async () => {
    const rows = await readRows('dna-splice');
    const input = (await rows.fitInput(all(rows))) as TableInput;
    expect(input.columns).toMatchObject([{ type: 'one-hot', groupSize: 4 }]);
    expect(layoutOf(input).groups).toHaveLength(60);
    expect(rows).toMatchObject({
      name: 'dna-splice',
      origin: 'official',
      licence: 'CC BY 4.0',
      rowCount: 3186,
    });
  });
});
