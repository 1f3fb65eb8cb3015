import { fromCounts, memoryFiles } from '@warmstart/datasets';
import { describe, expect, it } from 'vitest';
import type { CountsInput, InputSchema } from '../schema/input-schema.js';
import { readRows } from './read-rows.js';
import type { EncodedRows, EncodeOptions, Rows } from './rows.js';

const genes = ['G1', 'G2', 'G3', 'G4'];
const cells = [
  [9, 0, 1, 0],
  [8, 1, 1, 0],
  [0, 7, 0, 3],
  [1, 9, 0, 5],
];

/** A folder as 10x Genomics writes it: genes × cells. */
function folderOf(
  counts: readonly (readonly number[])[],
  names: readonly string[],
  classes?: readonly string[],
) {
  const entries = counts.flatMap((row, cell) =>
    row.flatMap((count, gene) => (count ? [`${gene + 1} ${cell + 1} ${count}`] : [])),
  );
  return memoryFiles({
    'matrix.mtx': `%%MatrixMarket matrix coordinate real general\n${names.length} ${counts.length} ${entries.length}\n${entries.join('\n')}\n`,
    'features.tsv': names
      .map((name) => `ENSG${name.slice(1).padStart(11, '0')}\t${name}\tGene Expression\n`)
      .join(''),
    'barcodes.tsv': counts.map((_, cell) => `C${cell + 1}-1\n`).join(''),
    ...(classes
      ? {
          'cells.csv': `barcode,cell_type\n${classes.map((name, cell) => `C${cell + 1}-1,${name}\n`).join('')}`,
        }
      : {}),
  });
}

async function encoded(rows: Rows, input: InputSchema, options?: EncodeOptions): Promise<EncodedRows> {
  for await (const block of rows.encode(input, options)) return block;
  throw new Error('a block was expected');
}

async function trained() {
  const rows = await readRows(folderOf(cells, genes, ['B', 'B', 'T', 'T']));
  const input = (await rows.fitInput(Uint32Array.of(0, 1, 2, 3))) as CountsInput;
  return { rows, input, like: { input, ...(rows.output ? { output: rows.output } : {}) } };
}

describe('readRows of counts', () => {
  it('takes the options that the notes and errors of reading name', async () => {
    const counts = folderOf(cells, genes, ['B', 'B', 'T', 'T']);
    await expect(readRows(counts, { sampleSet: 'GSM1' })).rejects.toThrow('sampleSet must be one of');
    await expect(readRows(counts, { samples: 'rows' })).resolves.toMatchObject({ rowCount: 4 });
    await expect(readRows(counts, { featureTypes: ['Peaks'] })).rejects.toThrow('featureTypes must be among');
    await expect(readRows(counts, { cellTable: 'other.csv', label: 'cell_type' })).rejects.toThrow(
      'there is none',
    );
  });

  it('predicts on cells that no table describes', async () => {
    const { like } = await trained();
    expect((await readRows(folderOf(cells, genes), { like })).output).toBeUndefined();
  });

  it('scales, logs and standardises, classes from the table beside', async () => {
    const { rows, input } = await trained();
    expect(rows).toMatchObject({
      kind: 'counts',
      rowCount: 4,
      output: { kind: 'classes', column: 'cell_type', classNames: ['B', 'T'] },
    });
    expect(input).toMatchObject({ scale: 10_000, logged: false });
    expect(input.genes.map(({ id, symbol }) => [id, symbol])[1]).toEqual(['ENSG00000000002', 'G2']);
    const opened = await fromCounts(folderOf(cells, genes, ['B', 'B', 'T', 'T']));
    expect(await readRows(opened)).toMatchObject({ kind: 'counts', output: rows.output });
    const first = Math.log1p(9000);
    expect((await encoded(rows, input)).features[0]).toBeCloseTo(
      (first - (input.mean[0] ?? 0)) / (input.deviation[0] ?? 1),
      5,
    );
  });

  it('finds genes by name, whatever their order, and counts those that are absent', async () => {
    const { rows, input, like } = await trained();
    const wanted = [...(await encoded(rows, input)).features];
    const turned = await readRows(
      folderOf(
        cells.map((row) => [...row].reverse()),
        [...genes].reverse(),
        ['B', 'T', 'T', 'B'],
      ),
      { like },
    );
    expect([...(await encoded(turned, input)).features]).toEqual(wanted);
    expect([...((await turned.index()).outputs ?? [])]).toEqual([0, 1, 1, 0]);
    expect((await turned.index()).ids).toEqual((await rows.index()).ids);
    const fewer = await readRows(
      folderOf(
        cells.map((row) => row.slice(0, 3)),
        genes.slice(0, 3),
      ),
      { like },
    );
    expect(fewer.output).toBeUndefined();
    expect(fewer.notes.at(-1)).toContain("3 of the model's 4 genes were found");
    const { known } = await encoded(fewer, input);
    expect([...(known ?? [])].slice(0, 4)).toEqual([1, 1, 1, 0]);
  });

  it('refuses data that lack most of the genes, are logged already or hold another class', async () => {
    const { like } = await trained();
    const others = ['X1', 'X2', 'X3', 'G4'].map((name, at) => (at < 3 ? `X${100 + at}` : name));
    await expect(readRows(folderOf(cells, others), { like, unknown: 'missing' })).rejects.toMatchObject({
      code: 'no-column',
      message: expect.stringContaining("fewer than half of the model's genes are there (1 of 4"),
    });
    const logs = await readRows(
      folderOf(
        cells.map((row) => row.map((count) => Math.log1p(count))),
        genes,
      ),
      { like },
    );
    await expect(encoded(logs, like.input)).rejects.toMatchObject({ code: 'other-data' });
    await expect(readRows(folderOf(cells, genes, ['B', 'NK', 'T', 'T']), { like })).rejects.toThrow('NK');
    const lenient = await readRows(folderOf(cells, genes, ['B', 'NK', 'T', 'T']), {
      like,
      unknown: 'missing',
    });
    expect([...((await lenient.index()).outputs ?? [])]).toEqual([0, -1, 1, 1]);
  });
});
