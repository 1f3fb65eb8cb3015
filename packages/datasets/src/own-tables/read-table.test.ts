import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DatasetError } from '../errors.js';
import { memoryFiles } from '../files.js';
import { profileOf } from './column-profile.js';
import { numberView, textAt, wordView } from './column-view.js';
import { inferType } from './infer-column.js';
import { MissingWords } from './missing-words.js';
import { readTable } from './read-table.js';
import type { ReadTableOptions } from './table-reader.js';

const missing = new MissingWords();

async function tableOf(text: string | Uint8Array, options?: ReadTableOptions, name = 'own.csv') {
  const table = await readTable(memoryFiles({ [name]: text }), options);
  const columns = Object.fromEntries(
    table.columns.map((column) => {
      const cells = Array.from({ length: table.rowCount }, (_, row) => textAt(column, row));
      return [column.name, cells];
    }),
  );
  const types = Object.fromEntries(
    table.columns.map((column) => [
      column.name,
      inferType(column, profileOf(column, table.rowCount), missing).type,
    ]),
  );
  return { table, columns, types, notes: table.notes.map(({ message }) => message) };
}

/** Rows of one column beside a plain one. */
function withColumn(cells: readonly string[], delimiter = ','): string {
  return ['x', 'c']
    .join(delimiter)
    .concat('\n', cells.map((cell, row) => `${row * 1.5}${delimiter}${cell}\n`).join(''));
}

describe('readTable', () => {
  it.each([
    ['thousands', ['"1,234"', '"12,345"', '"7"'], [1234, 12345, 7]],
    ['percent', ['14%', '2.5 %', '100%'], [0.14, 0.025, 1]],
    ['currency', ['$9.50', '€3', '-$4'], [9.5, 3, -4]],
    ['accounting', ['"(1,234)"', '(5)', '6'], [-1234, -5, 6]],
    ['a typographic minus', ['−3.5', '2', '−0.25'], [-3.5, 2, -0.25]],
    ['no-break spaces', ['1\u00A0234', '12\u202F345', '7'], [1234, 12345, 7]],
    ['underscores and apostrophes', ['1_234', "12'345", '1’234’567'], [1234, 12345, 1234567]],
    ['Arabic digits', ['٤١', '٣', '١٠'], [41, 3, 10]],
    ['exponents', ['1e3', '2.5E-2', '-1e+2'], [1000, 0.025, -100]],
    ['quotes', ['"1.5"', '"2"', '" 3 "'], [1.5, 2, 3]],
    ['spaces around them', [' 1.5', '2 ', '  3'], [1.5, 2, 3]],
  ])('reads numbers with %s', async (_, cells, wanted) => {
    const { table } = await tableOf(withColumn(cells));
    const view = numberView(table.columns[1] as never, missing);
    expect(wanted.map((_, row) => view.at(row))).toEqual(wanted);
    expect(view.oddWords).toEqual([]);
  });

  it('finds decimal commas, and points between groups beside them', async () => {
    const { table, notes } = await tableOf('a;b\n0,5;1.299,99\n1,25;12.000\n-2;7\n');
    const [a, b] = table.columns.map((column) => numberView(column, missing));
    expect([0, 1, 2].map((row) => a?.at(row))).toEqual([0.5, 1.25, -2]);
    expect([0, 1, 2].map((row) => b?.at(row))).toEqual([1299.99, 12000, 7]);
    expect(notes.join('; ')).toContain('decimal commas');
  });

  it('keeps codes, postcodes and integers past 2^53 as words, minutes with a zero as numbers', async () => {
    const { columns, table } = await tableOf(
      'zip,big,minute\n02139,9007199254740993,05\n10001,9007199254740995,59\n',
    );
    expect(columns.zip).toEqual(['02139', '10001']);
    expect(columns.big).toEqual(['9007199254740993', '9007199254740995']);
    expect(numberView(table.columns[2] as never, missing).at(0)).toBe(5);
  });

  it('holds Unix times and genomic positions to the last digit', async () => {
    const { table } = await tableOf('time,position\n1700000001,152000123\n1700000000,152000124\n');
    expect(table.columns.map((column) => column.number(0) - column.number(1))).toEqual([1, -1]);
  });

  it.each([
    ['semicolons', 'a;b\n1;x, y\n2;z\n', ['1', '2'], ['x, y', 'z']],
    ['tabs', 'a\tb\n1\tx\n2\tz\n', ['1', '2'], ['x', 'z']],
    ['pipes', 'a|b\n1|x\n2|z\n', ['1', '2'], ['x', 'z']],
    ['a line that names the separator', 'sep=;\na;b\n1;x\n2;z\n', ['1', '2'], ['x', 'z']],
    ['single quotes', "a,b\n1,'x, y'\n2,'z'\n", ['1', '2'], ['x, y', 'z']],
    ['backslashes before quotes', 'a,b\n1,"x \\"y\\""\n2,z\n', ['1', '2'], ['x "y"', 'z']],
    [
      'doubled quotes and line ends in cells',
      'a,b\r\n1,"x ""y""\r\nw"\r\n2,z\r\n',
      ['1', '2'],
      ['x "y"\r\nw', 'z'],
    ],
    ['carriage returns alone', 'a,b\r1,x\r2,z\r', ['1', '2'], ['x', 'z']],
    ['no line end at the end', 'a,b\n1,x\n2,z', ['1', '2'], ['x', 'z']],
    ['blank lines', 'a,b\n\n1,x\n\n2,z\n\n', ['1', '2'], ['x', 'z']],
    ['a quote inside a word', 'a,b\n1,5" pipe\n2,z\n', ['1', '2'], ['5" pipe', 'z']],
  ])('reads %s', async (_, text, a, b) => {
    const { columns } = await tableOf(text);
    expect(columns).toEqual({ a, b });
  });

  it('reads UTF-16 and Windows-1252, and says so', async () => {
    const wide = Buffer.from('\uFEFFa,b\n1,Köln\n2,Łódź\n', 'utf16le');
    expect((await tableOf(new Uint8Array(wide))).columns.b).toEqual(['Köln', 'Łódź']);
    const old = Uint8Array.from(
      [...'a,b\n1,K', 0xf6, ...'ln\n2,', 0x93, ...'x', 0x94, ...'\n'].map((one) =>
        typeof one === 'string' ? one.charCodeAt(0) : one,
      ),
    );
    const { columns, notes } = await tableOf(old);
    expect(columns.b).toEqual(['Köln', '“x”']);
    expect(notes.join()).toContain('Windows-1252');
  });

  it('sees that the first row is data', async () => {
    const { columns, notes } = await tableOf('5.1,3.5,setosa\n4.9,3.0,setosa\n6.1,2.2,virginica\n');
    expect(columns['column 1']).toEqual(['5.1', '4.9', '6.1']);
    expect(notes.join()).toContain('the first row is data');
    expect((await tableOf('2019,2020,2021\n1,2,3\n4,5,6\n')).columns['2020']).toEqual(['2', '5']);
    expect((await tableOf('1,2\n3,4\n', { header: ['a', 'b'] })).columns.b).toEqual(['2', '4']);
  });

  it('numbers columns of the same name and names nameless ones', async () => {
    expect(Object.keys((await tableOf('a,a,,b\n1,2,3,4\n')).columns)).toEqual(['a', 'a 2', 'column 3', 'b']);
  });

  it('gives the same columns however the bytes are cut', async () => {
    const text = `id,word,number\n${Array.from({ length: 500 }, (_, row) => `${row},"w ""${row % 7}"", é\r\n.",${row / 8}`).join('\n')}\n`;
    const bytes = new TextEncoder().encode(text);
    const whole = await tableOf(bytes);
    for (const size of [1, 7, 1000]) {
      const pieces = {
        async *list() {
          yield {
            path: 'cut.csv',
            sizeBytes: bytes.length,
            seekable: false,
            async *stream() {
              for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
            },
          };
        },
      };
      const table = await readTable(pieces);
      const cells = table.columns.map((column) =>
        Array.from({ length: table.rowCount }, (_, row) => textAt(column, row)),
      );
      expect(cells).toEqual(Object.values(whole.columns));
    }
  });

  it.each([
    ['a web page', '<!DOCTYPE html>\n<html></html>', 'a web page'],
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n',
      'git lfs pull',
    ],
    ['a row that is too long', 'a,b\n1,2\n1,2,3\n', 'every row must have 2 cells, got 3. [own.csv, record 3'],
    ['a quote that is not closed', 'a,b\n1,"2\n3,4\n', 'a quote must be closed'],
    ['nothing', '', 'an empty file'],
  ])('refuses %s', async (_, text, message) => {
    await expect(tableOf(text)).rejects.toThrow(message);
  });
});

describe('readTable of values', () => {
  it('reads JSON lines and arrays alike, integers past 2^53 as words, NaN as no value', async () => {
    const rows = [
      '{"a": 1.5, "id": 9007199254740993, "flag": true}',
      '{"a": NaN, "word": "x, \\"y\\"", "flag": false}',
    ];
    const wanted = {
      a: ['1.5', ''],
      id: ['9007199254740993', ''],
      flag: ['true', 'false'],
      word: ['', 'x, "y"'],
    };
    for (const [name, text] of [
      ['own.jsonl', rows.join('\n')],
      ['own.json', `[${rows.join(',\n ')}]`],
      ['own.txt', `[${rows.join(',')}]\n`],
    ] as const)
      expect((await tableOf(text, {}, name)).columns).toEqual(wanted);
    await expect(tableOf(`[${rows[0]}`, {}, 'own.json')).rejects.toThrow('must be closed');
    await expect(tableOf('[1, 2]', {}, 'own.json')).rejects.toThrow('every row must be an object');
  });

  it('reads a sheet of a workbook', async () => {
    const bytes = new Uint8Array(readFileSync(new URL('../fixtures/patients.xlsx', import.meta.url)));
    const { columns, types, notes } = await tableOf(bytes, {}, 'patients.xlsx');
    expect(Object.keys(columns)).toEqual([
      'id',
      'name',
      'born',
      'height',
      'smoker',
      'share',
      'zip',
      'outcome',
    ]);
    expect(Object.values(columns).map((cells) => cells[1])).toEqual([
      '1',
      'P 1, "x" é',
      '1981-02-03T06:30:00.000Z',
      '1.6',
      'false',
      '0.25',
      '00037',
      'yes',
    ]);
    expect(types).toMatchObject({
      id: 'ignore',
      born: 'date',
      height: 'number',
      smoker: 'category',
      outcome: 'category',
    });
    expect(notes).toEqual(['sheet "patients" is read, not notes']);
    const xlsx = () => import('read-excel-file/universal');
    expect((await tableOf(bytes, { sheet: 'notes', xlsx }, 'patients.xlsx')).columns).toEqual({
      hello: ['x'],
    });
    await expect(tableOf(bytes, { sheet: 'nope' }, 'patients.xlsx')).rejects.toThrow(
      'has the sheets patients, notes',
    );
    await expect(tableOf(new Uint8Array([80, 75, 3, 4, 1, 2, 3, 4]), {}, 'broken.xlsx')).rejects.toThrow(
      DatasetError,
    );
  });

  it('knows the format by content, whatever the name', async () => {
    expect((await tableOf('a,b\n1,2\n3,4\n', {}, 'own.txt')).columns.b).toEqual(['2', '4']);
    expect((await tableOf('a\tb\n1\t2\n', {}, 'own.txt')).columns.b).toEqual(['2']);
  });
});

describe('inferType', () => {
  const repeat = (cells: readonly string[], count: number) =>
    Array.from({ length: count }, (_, row) => cells[row % cells.length] as string);

  it('calls a column of 51 words that repeat a category', async () => {
    const states = Array.from({ length: 51 }, (_, at) => `S${String.fromCharCode(65 + (at % 26))}${at}`);
    expect((await tableOf(withColumn(repeat(states, 2040)))).types.c).toBe('category');
  });

  it.each([
    ['row numbers', Array.from({ length: 30 }, (_, row) => String(row + 1)), 'ignore'],
    ['words that never repeat', Array.from({ length: 30 }, (_, row) => `A-${row * 37}`), 'ignore'],
    ['ISO dates', repeat(['2021-01-31', '2020-02-29', '2021-12-01T10:00:00Z'], 30), 'date'],
    ['local dates', repeat(['31.01.2021', '1.2.21', '24.12.1999'], 30), 'date'],
    ['sentences', Array.from({ length: 30 }, (_, row) => `it was ${row} good`), 'text'],
    ['numbers and n/a', [...repeat(['1.5', '2'], 18), ...repeat(['n/a', '-', 'unknown'], 12)], 'number'],
    ['numbers with one slip', [...repeat(['1.5', '2'], 29), 'old'], 'number'],
    ['nothing', repeat(['', 'NA'], 30), 'ignore'],
  ])('knows %s', async (_, cells, type) => {
    expect((await tableOf(withColumn(cells))).types.c).toBe(type);
  });

  it('takes TRUE and true for one word, and 1 and 1.0', async () => {
    const { table } = await tableOf('flag,n\nTrue,1\nfalse,1.0\nTRUE,2\n');
    const [flag, n] = table.columns.map((column) => wordView(column, missing));
    expect([0, 1, 2].map((row) => flag?.words[flag.at(row)])).toEqual(['true', 'false', 'true']);
    expect(n?.at(0)).toBe(n?.at(1));
  });
});
