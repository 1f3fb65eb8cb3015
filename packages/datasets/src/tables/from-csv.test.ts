import { gzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { DatasetError } from '../errors.js';
import { memoryFiles } from '../files.js';
import type { DataEvent } from '../index.js';
import { fromCsv, fromJsonl, fromParquet, fromTsv, load, readRecords } from '../index.js';

const csv = (text: string) => memoryFiles({ 'my.csv': text });
const penguins = `id,species,mass,island,note,zip
1,Adelie,3750,Torgersen,"shy, ""small""",0012
2,Gentoo,5000.5,Biscoe,,0012
3,Adelie,NA,Torgersen,"two
lines",0777
4,Chinstrap,3500,?,NA,0777
5,Gentoo,4500,Biscoe,loud,0012
`;
const kept = { types: { id: 'ignore' }, label: 'species', missing: 'nan' } as const;

async function failure(promise: Promise<unknown>): Promise<DatasetError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof DatasetError) return error;
  throw new Error(`expected a DatasetError, got ${String(error)}`);
}

describe('fromCsv', () => {
  it('gives numbers as features, the label as classes, words as categories or text', async () => {
    const dataset = await fromCsv(csv(penguins), kept);
    const { columns, shapes } = await dataset.collect();
    expect(dataset.schema.features?.names).toEqual(['mass']);
    expect(shapes.features).toEqual([5, 1]);
    expect([...(columns.features as Float32Array)]).toEqual([3750, 5000.5, Number.NaN, 3500, 4500]);
    expect(dataset.schema.label?.classNames).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
    expect([...(columns.label as Int32Array)]).toEqual([0, 2, 0, 1, 2]);
    expect(dataset.schema.island?.classNames).toEqual(['Biscoe', 'Torgersen']);
    expect([...(columns.island as Int32Array)]).toEqual([1, 0, 1, -1, 0]);
    expect(columns.note).toEqual(['shy, "small"', '', 'two\nlines', 'NA', 'loud']); // text is kept as it is
    expect(dataset.schema.zip?.classNames).toEqual(['0012', '0777']); // no numbers: they would lose their zeros
    expect(dataset.origin).toBe('official');
    expect(dataset.rowCount).toBe(5);
  });

  it('says how columns were read and what they lack', async () => {
    const events: DataEvent[] = [];
    const { table } = await fromCsv(csv(penguins), { ...kept, onEvent: (event) => events.push(event) });
    expect(table?.rowCount).toBe(5);
    expect(table?.columns.map(({ name, type, role, missing }) => [name, type, role, missing])).toEqual([
      ['id', 'ignore', 'feature', 0],
      ['species', 'category', 'label', 0],
      ['mass', 'number', 'feature', 1],
      ['island', 'category', 'feature', 1],
      ['note', 'text', 'feature', 2],
      ['zip', 'category', 'feature', 0],
    ]);
    expect(table?.columns[2]).toMatchObject({ mean: 4187.625, min: 3500, max: 5000.5 });
    expect(
      events.filter(({ type }) => type === 'warning').map((event) => 'message' in event && event.message),
    ).toEqual([
      `fromCsv: column "mass" lacks 1 of 5 values; missing: 'nan'.`,
      `fromCsv: column "island" lacks 1 of 5 values; missing: 'nan'.`,
    ]);
  });

  it('refuses, drops or fills in rows without a value, as asked', async () => {
    const options = { types: { id: 'ignore' }, label: 'species' } as const;
    const error = await failure(fromCsv(csv(penguins), options));
    expect(error).toMatchObject({ code: 'malformed', file: 'my.csv', record: 4 });
    expect(error.message).toContain(
      'fromCsv: every row must have a value, column "mass" (and 1 more columns) lacks 1 of 5.',
    );
    const dropped = await (await fromCsv(csv(penguins), { ...options, missing: 'drop' })).collect();
    expect([...(dropped.columns.features as Float32Array)]).toEqual([3750, 5000.5, 4500]);
    const filled = await (await fromCsv(csv(penguins), { ...options, missing: 'mean' })).collect();
    expect((filled.columns.features as Float32Array)[2]).toBe(4187.625);
  });

  it('reads new rows as the earlier ones were read, with or without their label', async () => {
    const { table } = await fromCsv(csv(penguins), { ...kept, missing: 'mean', categories: 'one-hot' });
    const asKept = JSON.parse(JSON.stringify(table));
    const next = await fromCsv(csv('island,mass,note,zip\nBiscoe,,x,0777\n?,1,y,0012\n'), {
      table: asKept,
      missing: 'mean',
      categories: 'one-hot',
    });
    expect(next.schema.label).toBeUndefined();
    expect(next.schema.features?.names).toEqual([
      'mass',
      'island=Biscoe',
      'island=Torgersen',
      'zip=0012',
      'zip=0777',
    ]);
    const { columns } = await next.collect();
    expect([...(columns.features as Float32Array)]).toEqual([4187.625, 1, 0, 0, 1, 1, 0, 0, 1, 0]);
    const error = await failure(fromCsv(csv('island,note,zip\nBiscoe,x,0777\n'), { table: asKept }));
    expect(error.message).toContain('a column "mass" is needed, got "island", "note", "zip"');
  });

  it('reads targets, stated types, files without header and several files', async () => {
    const files = memoryFiles({ 'b.csv': '3;4;x\n', 'a.csv': '1;2;x\n', 'readme.txt': 'no table' });
    const dataset = await fromCsv(files, {
      delimiter: ';',
      header: false,
      target: 'column 2',
      types: { 'column 3': 'text' },
      dtype: 'float64',
    });
    const { columns } = await dataset.collect();
    expect([...(columns.features as Float64Array)]).toEqual([1, 3]);
    expect([...(columns.target as Float64Array)]).toEqual([2, 4]);
    expect(columns['column 3']).toEqual(['x', 'x']);
  });

  it('takes 1 and 1.0 for one class, and numbers among words for words', async () => {
    const text = 'kind,grade,l\n1,1.0,1.0\nb,1.50,0\n1,2,1\nb,2,"0"\n1.0,2,0.0\n1.0,2,1\n';
    const dataset = await fromCsv(csv(text), { label: 'l', types: { grade: 'category' } });
    expect(dataset.schema.label?.classNames).toEqual(['0', '1']);
    expect(dataset.schema.grade?.classNames).toEqual(['1', '1.5', '2']);
    expect(dataset.schema.kind?.classNames).toEqual(['1', '1.0', 'b']);
    const { columns } = await dataset.collect();
    expect([...(columns.label as Int32Array)]).toEqual([1, 0, 1, 0, 0, 1]);
    expect([...(columns.grade as Int32Array)]).toEqual([0, 1, 2, 2, 2, 2]);
  });

  it('tells a table of numbers alike, from bytes or from words', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i},${(i / 7).toFixed(i % 12)},${i % 3},-${i}e-2`);
    const text = `\ufeffa,b,l,t\r\n${rows.join('\r\n')}\r\n`;
    for (const options of [{ label: 'l' }, { label: 'l', target: 't', dtype: 'float64' }] as const) {
      const [bytes, words] = await Promise.all([
        fromCsv(csv(text), options),
        fromCsv(csv(text), { ...options, encoding: 'utf-8' }), // an encoding is for words
      ]);
      expect(bytes.table).toEqual(words.table);
      expect(await bytes.collect()).toEqual(await words.collect());
    }
    for (const name of ['0012', '12345678901234567890', '']) {
      const { table } = await fromCsv(csv(`${text}1,${name},1,1\n`), { missing: 'nan' });
      expect(table?.columns[1]?.type).toBe(name === '' ? 'number' : 'text');
    }
  });

  it('rounds each number once, whatever its form', async () => {
    const words = [
      '0.1',
      '-2.50',
      '1e-3',
      '123456789012.345',
      '.5',
      '+7',
      '9007199254740991',
      ' 3 ',
      '00',
      '1e400',
    ];
    const rows = words.map((word) => `${word},x\n`).join('');
    const dataset = await fromCsv(csv(`n,t\n${rows}`), { types: { n: 'number' }, dtype: 'float64' });
    expect([...((await dataset.collect()).columns.features as Float64Array)]).toEqual(words.map(Number));
  });

  it('stops and goes on exactly, in memory and streamed', async () => {
    const rows = Array.from({ length: 200 }, (_, row) => `${row},${row % 3 === 0 ? 'a' : 'b'}`);
    for (const stream of [false, true]) {
      const make = async () =>
        (await fromCsv(csv(`n,kind\n${rows.join('\n')}`), { label: 'kind', stream }))
          .shuffle({ seed: 3, buffer: 50 })
          .batch(7);
      const whole = (await (await make()).collect()).columns.features as Float32Array;
      const pass = (await make()).iterate();
      for (let batch = 0; batch < 9; batch++) await pass.next();
      const state = JSON.parse(JSON.stringify(pass.state()));
      const rest: number[] = [];
      for await (const { columns } of (await make()).resume(state))
        rest.push(...(columns.features as Float32Array));
      expect(rest).toEqual([...whole.subarray(63)]);
    }
  });

  it('reads Spambase as load does', async () => {
    const { columns } = await (await load('spambase')).collect();
    const width = 57;
    const lines = Array.from(columns.label, (label, row) =>
      [...columns.features.subarray(row * width, (row + 1) * width), label].join(),
    );
    const own = await fromCsv(csv(lines.join('\n')), {
      header: false,
      label: 'column 58',
      classNames: ['0', '1'],
    });
    const rows = await own.collect();
    expect(rows.columns.features).toEqual(columns.features);
    expect(rows.columns.label).toEqual(columns.label);
  });

  it.each([
    ['a,a\n1,2\n', 'columns must have different names, got "a" twice'],
    ['a;b\n1;2\n', 'the first row is one column, "a;b". Pass delimiter: ";"'],
    ['a;b\n1,5;2\n', 'the first row is one column, "a;b". Pass delimiter: ";"'],
    ['a,b\n1,2\n3\n', 'every row must have 2 fields, got 1'],
    ['a,b\n1,"2\n', 'a quote must be closed before the file ends'],
    ['a,b\n', 'a table must have rows, got none'],
    ['', 'a table must have rows, got none'],
    ['<!DOCTYPE html><html>', 'a table is needed, got a web page'],
    ['a\0b', 'a text file is needed, got a binary one'],
  ])('refuses %j', async (text, message) => {
    expect((await failure(fromCsv(csv(text)))).message).toContain(message);
  });

  it('refuses what is no file, no column and no number', async () => {
    await expect(fromCsv('my.csv' as never)).rejects.toThrow(
      'fromCsv: files must be given as folder(path) of @warmstart/datasets/node',
    );
    await expect(fromCsv(csv('a\n1\n'), { label: 'b' })).rejects.toThrow(
      'fromCsv: the columns are "a", got "b" in the options.',
    );
    await expect(fromCsv(csv('a\n1\n'), { types: { a: 'numeric' as never } })).rejects.toThrow(
      'fromCsv: the type of "a" must be one of number, category, text, ignore, got "numeric".',
    );
    await expect(fromCsv(csv('a\n1\n'), { label: 'a', target: 'a' })).rejects.toThrow(
      'label and target must be different columns',
    );
    const error = await failure(fromCsv(csv('a\n1\nx\n'), { types: { a: 'number' } }));
    expect(error).toMatchObject({ code: 'malformed', record: 3 });
    expect((await failure(fromCsv(memoryFiles({ 'a.txt': '', 'b.txt': '' })))).code).toBe('missing');
    const unknown = await failure(fromCsv(csv('a,l\n1,x\n'), { label: 'l', classNames: ['y'] }));
    expect(unknown.message).toContain('column "l" must be one of "y", got "x"');
  });

  it('refuses options it does not know', async () => {
    await expect(fromCsv(csv('a,l\n1,x\n'), { labels: 'l' } as never)).rejects.toThrow(
      /^fromCsv: the options are label, .*, got "labels"\.$/,
    );
  });

  it('keeps columns named like parts of objects apart from objects', async () => {
    const dataset = await fromCsv(csv('__proto__,constructor\nx,1\nx,2\n'));
    const { value: first } = await readRecords(dataset).next();
    expect(Object.entries(first ?? {})).toEqual([
      ['constructor', 1],
      ['__proto__', 0],
      ['__proto__Name', 'x'],
    ]);
    expect(Object.getPrototypeOf(first)).toBe(Object.prototype);
  });
});

describe('fromTsv', () => {
  it('splits at tabs, in gzip too', async () => {
    const dataset = await fromTsv(
      memoryFiles({ 'a.tsv.gz': gzipSync(new TextEncoder().encode('a\tb\n1\t2\n')) }),
    );
    expect(dataset.schema.features?.names).toEqual(['a', 'b']);
  });
});

describe('fromJsonl', () => {
  it('takes the keys of all lines as columns', async () => {
    const lines = '{"text":"hi","stars":5}\n{"stars":3,"tags":["a"]}\n{"text":"no","ok":true,"stars":null}\n';
    const dataset = await fromJsonl(memoryFiles({ 'reviews.jsonl': lines }), {
      types: { text: 'text', ok: 'category' },
      missing: 'nan',
    });
    const { columns } = await dataset.collect();
    expect(columns.text).toEqual(['hi', '', 'no']);
    expect([...(columns.features as Float32Array)]).toEqual([5, 3, Number.NaN]);
    expect(columns.tags).toEqual(['', '["a"]', '']);
    expect([...(columns.ok as Int32Array)]).toEqual([-1, -1, 0]);
    const error = await failure(fromJsonl(memoryFiles({ 'reviews.jsonl': '{"a":1}\n[1]\n' })));
    expect(error).toMatchObject({ code: 'malformed', record: 2 });
  });
});

describe('fromParquet', () => {
  it('reads columns by their types', async () => {
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'n', data: [1.5, 2], type: 'DOUBLE' },
        { name: 'big', data: [1n, 2n ** 60n], type: 'INT64' },
        { name: 'kind', data: ['b', 'a'], type: 'STRING' },
      ],
    });
    const dataset = await fromParquet(memoryFiles({ 'a.parquet': new Uint8Array(bytes) }), { label: 'kind' });
    const { columns } = await dataset.collect();
    expect([...(columns.features as Float32Array)]).toEqual([1.5, 2]);
    expect(columns.big).toEqual(['1', '1152921504606846976']);
    expect([...(columns.label as Int32Array)]).toEqual([1, 0]);
  });

  it.each(['error', 'mean', 'nan', 'drop'] as const)(
    'refuses a category that was not there, missing: %s',
    async (missing) => {
      const learned = await fromCsv(memoryFiles({ 'a.csv': 'x,size\n1,small\n2,big\n3,small\n4,big\n' }));
      const files = memoryFiles({ 'b.csv': 'x,size\n1,huge\n' });
      for (const categories of ['index', 'one-hot'] as const)
        await expect(fromCsv(files, { table: learned.table, missing, categories })).rejects.toThrow(
          'must be one of "big", "small", got "huge"',
        );
    },
  );
});
