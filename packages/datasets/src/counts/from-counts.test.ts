import { gzipSync, strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../files.js';
import { type CountOptions, fromCounts } from '../index.js';

const mtx = '%%MatrixMarket matrix coordinate integer general\n%\n3 2 4\n1 1 5\n3 2 7\n2 1 1\n1 2 9\n';
const turned = '%%MatrixMarket matrix coordinate integer general\n2 3 4\n1 1 5\n2 3 7\n1 2 1\n2 1 9\n';
const features = 'E1\tA\tGene Expression\nE2\tB\tGene Expression\nE3\tC\tGene Expression\n';
const genes = 'E1\tA\nE2\tB\nE3\tC\n';
const barcodes = 'AAC-1\nGGT-1\n';
const tenx = {
  'filtered/matrix.mtx.gz': gzipSync(strToU8(mtx)),
  'filtered/features.tsv.gz': gzipSync(strToU8(features)),
  'filtered/barcodes.tsv': barcodes,
};
const plain = { 'matrix.mtx': mtx, 'genes.tsv': genes, 'barcodes.tsv': barcodes };

/** What is read, in short. */
async function read(files: Record<string, Uint8Array | string>, options: CountOptions = {}) {
  const dataset = await fromCounts(memoryFiles(files), options);
  const { columns } = await dataset.collect();
  const { names, ids } = dataset.schema.features;
  const { classNames } = dataset.schema.label ?? {};
  const labels = columns.label && Array.from(columns.label as Int32Array, (label) => classNames?.[label]);
  return {
    dataset,
    values: [...columns.features],
    names,
    ids,
    samples: columns.sample,
    classNames,
    labels,
    target: columns.target && [...(columns.target as Float64Array)],
    codes: dataset.notes.map(({ code }) => code),
    messages: dataset.notes.map(({ message }) => message),
  };
}

describe('fromCounts of a matrix in a folder', () => {
  it('gives cells as rows of genes, dense and in any order, genes by name and id', async () => {
    const { dataset, values, names, ids, samples } = await read(tenx);
    expect([names, ids, samples]).toEqual([
      ['A', 'B', 'C'],
      ['E1', 'E2', 'E3'],
      ['AAC-1', 'GGT-1'],
    ]);
    expect(values).toEqual([5, 1, 0, 9, 0, 7]);
    expect(dataset.randomAccess).toBe(true);
    expect([...(await dataset.select(Uint32Array.of(1)).collect()).columns.features]).toEqual([9, 0, 7]);
    expect(dataset.counts).toEqual({
      format: 'matrix-market',
      sampleCount: 2,
      geneCount: 3,
      values: 'counts',
      geneNames: 'file',
    });
  });

  it('finds the files of a sample by GEO’s prefixes, gzipped or not', async () => {
    const { values, names, samples } = await read({
      'GSM6567159_PDAC2_matrix.mtx.gz': gzipSync(strToU8(mtx)),
      'GSM6567159_PDAC2_features.tsv.gz': gzipSync(strToU8(features)),
      'GSM6567159_PDAC2_barcodes.tsv.gz': gzipSync(strToU8(barcodes)),
    });
    expect([values, names, samples]).toEqual([
      [5, 1, 0, 9, 0, 7],
      ['A', 'B', 'C'],
      ['AAC-1', 'GGT-1'],
    ]);
  });

  it('names the samples of a folder with several, and reads the one chosen with its own names', async () => {
    const two = {
      'GSM1_matrix.mtx': mtx,
      'GSM1_genes.tsv': genes,
      'GSM1_barcodes.tsv': barcodes,
      'GSM2_matrix.mtx': mtx.replace('1 1 5', '1 1 6'),
      'GSM2_genes.tsv': genes.replaceAll('E', 'M'),
      'GSM2_barcodes.tsv': 'x\ny\n',
    };
    await expect(read(two)).rejects.toMatchObject({
      code: 'malformed',
      message:
        'fromCounts: one matrix is needed, got 2: GSM1, GSM2. Pass sampleSet: "GSM1" or another of them.',
    });
    const { values, ids, samples } = await read(two, { sampleSet: 'GSM2' });
    expect([values[0], ids?.[0], samples]).toEqual([6, 'M1', ['x', 'y']]);
    await expect(read(two, { sampleSet: 'GSM3' })).rejects.toThrow(
      'sampleSet must be one of GSM1, GSM2, got "GSM3"',
    );
    const folders = { 'filtered/matrix.mtx': mtx, 'raw/matrix.mtx': mtx, 'filtered/genes.tsv': genes };
    await expect(read(folders)).rejects.toThrow('got 2: filtered, raw');
    expect((await read(folders, { sampleSet: 'filtered' })).ids).toEqual(['E1', 'E2', 'E3']);
  });

  it('finds which side the samples are on by the numbers of names, or as it is told', async () => {
    const auto = await read({ ...plain, 'matrix.mtx': turned });
    expect(auto.values).toEqual([5, 1, 0, 9, 0, 7]);
    expect(auto.codes).toContain('samples-in-rows');
    const told = await read({ 'matrix.mtx': turned }, { samples: 'rows' });
    expect([told.values, told.samples]).toEqual([
      [5, 1, 0, 9, 0, 7],
      ['1', '2'],
    ]);
    await expect(read({ ...plain, 'barcodes.tsv': 'AAC-1\n' })).rejects.toThrow(
      'fromCounts: the matrix must fit the names beside it (3 genes, 1 barcodes), got 3 × 2.',
    );
    await expect(read(plain, { samples: 'rows' })).rejects.toMatchObject({ code: 'malformed' });
  });

  it('reads genes of one column, those without names, and column names above them', async () => {
    const one = await read({ ...plain, 'genes.tsv': 'E1\nE2\nE3\n' });
    expect([one.names, one.ids]).toEqual([
      ['E1', 'E2', 'E3'],
      ['E1', 'E2', 'E3'],
    ]);
    const none = await read({ 'matrix.mtx': mtx });
    expect([none.names, none.dataset.counts?.geneNames]).toEqual([['gene 1', 'gene 2', 'gene 3'], 'numbers']);
    expect(none.codes).toContain('unnamed-genes');
    const header = await read({
      ...plain,
      'genes.tsv': `gene_id\tgene_name\n${genes}`,
      'barcodes.tsv': `barcode\n${barcodes}`,
    });
    expect([header.ids, header.samples]).toEqual([
      ['E1', 'E2', 'E3'],
      ['AAC-1', 'GGT-1'],
    ]);
  });

  it('adds up entries of one place, as scipy does', async () => {
    const split =
      '%%MatrixMarket matrix coordinate integer general\n3 2 6\n1 1 2\n1 1 3\n3 2 7\n2 1 1\n1 2 4\n1 2 5\n';
    expect((await read({ ...plain, 'matrix.mtx': split })).values).toEqual([5, 1, 0, 9, 0, 7]);
  });

  it('leaves antibodies out and says so, or keeps what is asked for', async () => {
    const cite = { ...plain, 'features.tsv': features.replace('C\tGene Expression', 'C\tAntibody Capture') };
    const { names, values, messages } = await read(cite);
    expect([names, values]).toEqual([
      ['A', 'B'],
      [5, 1, 9, 0],
    ]);
    expect(messages).toContain('Features of other kinds are left out: 1 Antibody Capture.');
    expect((await read(cite, { featureTypes: 'all' })).names).toEqual(['A', 'B', 'C']);
    expect((await read(cite, { featureTypes: ['Antibody Capture'] })).values).toEqual([0, 7]);
    await expect(read(cite, { featureTypes: ['Peaks'] })).rejects.toThrow(
      'featureTypes must be among those of the file (Gene Expression, Antibody Capture), got Peaks',
    );
  });

  it('says which genes share a name', async () => {
    const { messages } = await read({ ...plain, 'genes.tsv': 'E1\tA\nE2\tA\nE3\tC\n' });
    expect(messages).toContain('2 genes share names with others; their ids tell them apart.');
  });

  it('tells logarithms and estimates from counts, and refuses negative numbers', async () => {
    const real = (values: number[]) =>
      `%%MatrixMarket matrix coordinate real general\n3 2 3\n${values.map((value, i) => `${i + 1} 1 ${value}`).join('\n')}\n`;
    const logged = await read({ ...plain, 'matrix.mtx': real([4.195086585908787, 2.1, 0.7]) });
    expect([logged.dataset.counts?.values, logged.codes.at(-1)]).toEqual(['logged', 'already-logged']);
    expect(logged.dataset.notes.at(-1)?.option).toBe('values');
    expect((await read({ ...plain, 'matrix.mtx': real([5, 2, 1]) })).dataset.counts?.values).toBe('counts');
    const estimated = await read({ ...plain, 'matrix.mtx': real([1043.7, 2.1, 0.7]) });
    expect([estimated.dataset.counts?.values, estimated.codes.at(-1)]).toEqual([
      'counts',
      'estimated-counts',
    ]);
    const asked = await read({ ...plain, 'matrix.mtx': real([1.5, 2.1, 0.7]) }, { values: 'counts' });
    expect(asked.dataset.counts?.values).toBe('counts');
    const scaled = { ...plain, 'matrix.mtx': real([-1.5, 2.1, 0.7]) };
    await expect(read(scaled)).rejects.toThrow(
      'counts must be 0 or more, got -1.5. If they are scaled already',
    );
    await expect(read(scaled, { values: 'logged' })).rejects.toMatchObject({ code: 'malformed' });
    expect((await read(scaled, { values: 'scaled' })).dataset.counts?.values).toBe('scaled');
    const empty = mtx.replace('3 2 4', '3 2 2').replace('3 2 7\n', '').replace('1 2 9\n', '');
    expect((await read({ ...plain, 'matrix.mtx': empty })).messages).toContain(
      '1 of 2 samples have no counts at all.',
    );
  });

  it('refuses damaged files, sizes past the limits and none at all', async () => {
    await expect(read({ 'm.mtx': mtx.slice(0, -6) })).rejects.toMatchObject({
      code: 'truncated',
      file: 'm.mtx',
    });
    await expect(read({ 'm.mtx': mtx.replace('3 2 4', '3 99000000000 4') })).rejects.toMatchObject({
      code: 'limit',
    });
    await expect(read({ 'm.mtx': mtx.replace('1 1 5', '1 1 Infinity') })).rejects.toMatchObject({
      code: 'malformed',
    });
    await expect(read({ 'a.pdf': '' })).rejects.toMatchObject({
      code: 'missing',
      message: expect.stringContaining('got a.pdf'),
    });
    await expect(read({ 'm.mtx': mtx }, { values: 'log' as 'logged' })).rejects.toThrow(
      'values must be one of auto, counts, logged, scaled',
    );
  });
});

describe('the classes of fromCounts', () => {
  const many = Array.from({ length: 6 }, (_, i) => `C${i}-1`);
  const wide = `%%MatrixMarket matrix coordinate integer general\n3 6 1\n1 1 5\n`;
  const files = { 'matrix.mtx': wide, 'genes.tsv': genes, 'barcodes.tsv': `${many.join('\n')}\n` };
  const rows = many.map((name, i) => `${name},${['T', 'B'][i % 2]},${i}`);
  const table = (lines: readonly string[]) => `barcode,cell_type,age\n${lines.join('\n')}\n`;

  it('come from the table beside the matrix, by any barcode, with the -1 or without', async () => {
    const whole = await read({ ...files, 'cells.csv': table(rows) });
    expect([whole.classNames, whole.labels]).toEqual([
      ['B', 'T'],
      ['T', 'B', 'T', 'B', 'T', 'B'],
    ]);
    expect(whole.dataset.counts?.label).toBe('cell_type');
    const label = whole.dataset.notes.find(({ code }) => code === 'label-column');
    expect(label).toMatchObject({ kind: 'guessed', option: 'label' });
    const first = await read({ ...files, 'cells.csv': table(rows.slice(1).reverse()) });
    expect(first.labels).toEqual([undefined, 'B', 'T', 'B', 'T', 'B']);
    expect(first.messages).toContain('1 of 6 samples have no class.');
    const bare = await read({ ...files, 'cells.csv': table(rows.map((row) => row.replace('-1', ''))) });
    expect(bare.labels).toEqual(['T', 'B', 'T', 'B', 'T', 'B']);
    expect(bare.messages).toContain(
      '6 of 6 samples are described in cells.csv, found without the -1 behind their barcodes.',
    );
    const tabs = await read({
      ...files,
      'meta.tsv.gz': gzipSync(strToU8(table(rows).replaceAll(',', '\t'))),
    });
    expect(tabs.labels).toEqual(whole.labels);
  });

  it('do not join barcodes of two lanes by cutting their numbers off', async () => {
    const lanes = { ...files, 'barcodes.tsv': 'A-1\nA-2\nB-1\nB-2\nC-1\nC-2\n' };
    const cells = { 'cells.csv': table(['A,T,1', 'B,B,1', 'C,T,1']) };
    expect((await read({ ...lanes, ...cells })).labels).toBeUndefined();
  });

  it('are those of the column asked for, numbers to predict too, or none', async () => {
    const cells = { ...files, 'cells.csv': table(rows) };
    const age = await read(cells, { target: 'age' });
    expect([age.target, age.labels]).toEqual([[0, 1, 2, 3, 4, 5], undefined]);
    expect((await read(cells, { label: null })).labels).toBeUndefined();
    expect((await read(cells, { label: 'age' })).classNames).toEqual(['0', '1', '2', '3', '4', '5']);
    await expect(read(cells, { label: 'kind' })).rejects.toThrow(
      'fromCounts: label must be a column of cells.csv ("cell_type", "age"), got "kind".',
    );
    await expect(read(files, { label: 'kind' })).rejects.toThrow('such as "C0-1"; there is none.');
    await expect(read({ ...files, 'cells.csv': 'barcode,kind\nX,T\n' }, { label: 'kind' })).rejects.toThrow(
      'such as "C0-1"; cells.csv has "X".',
    );
    expect((await read({ ...files, 'cells.csv': 'barcode,kind\nX,T\n' })).codes).toContain('unmatched-table');
  });

  it('are numbered as a model knows them', async () => {
    const cells = { ...files, 'cells.csv': table(rows) };
    const known = await read(cells, { label: 'cell_type', classNames: ['T', 'NK', 'B'] });
    expect(known.labels).toEqual(['T', 'B', 'T', 'B', 'T', 'B']);
    await expect(read(cells, { label: 'cell_type', classNames: ['T'] })).rejects.toThrow(
      'every class must be one of T, got B in the column "cell_type"',
    );
    const some = await read(cells, { label: 'cell_type', classNames: ['T'], unknownClass: 'unlabelled' });
    expect(some.labels).toEqual(['T', undefined, 'T', undefined, 'T', undefined]);
    const inCode = await read(files, { labels: { 'C1-1': 'x', 'C4-1': 'y' } });
    expect([inCode.classNames, inCode.labels?.[1]]).toEqual([['x', 'y'], 'x']);
  });
});

describe('fromCounts of a table', () => {
  const csv = 'cell,kind,G1,G2\na,T,1,0\nb,B,0,2\nc,T,3,0\nd,B,0,4\n';

  it('reads samples by genes, with a column of classes', async () => {
    const { values, names, samples, labels } = await read({ 'c.csv': csv }, { label: 'kind' });
    expect([values, names, samples]).toEqual([
      [1, 0, 0, 2, 3, 0, 0, 4],
      ['G1', 'G2'],
      ['a', 'b', 'c', 'd'],
    ]);
    expect(labels).toEqual(['T', 'B', 'T', 'B']);
    expect((await read({ 'c.csv': csv })).labels).toEqual(['T', 'B', 'T', 'B']);
  });

  it('reads genes by samples, as it is told or as Ensembl’s identifiers say', async () => {
    const ensembl = 'gene\ts1\ts2\nENSG00000000001\t1\t0\nENSG00000000002\t5\t2\nENSG00000000003\t0\t9\n';
    const { values, names, samples, codes } = await read({ 'c.tsv': ensembl });
    expect([values, samples]).toEqual([
      [1, 5, 0, 0, 2, 9],
      ['s1', 's2'],
    ]);
    expect([names?.[0], codes]).toEqual(['ENSG00000000001', ['counts', 'genes-in-rows']]);
    const symbols = 's1,s2\nTP53,1,0\nACTB,5,2\n'; // as R writes it
    expect((await read({ 'c.csv': symbols }, { samples: 'columns' })).names).toEqual(['TP53', 'ACTB']);
    expect((await read({ 'c.csv': symbols })).samples).toEqual(['TP53', 'ACTB']);
  });

  it('names the row of a word among counts, and of a row that is too short', async () => {
    await expect(read({ 'c.csv': csv.replace('c,T,3,0', 'c,T,3,x') })).rejects.toMatchObject({
      code: 'malformed',
      record: 4,
      message: expect.stringContaining('got "x" in the column "G2"'),
    });
    await expect(read({ 'c.csv': csv.replace('c,T,3,0', 'c,T,3') })).rejects.toMatchObject({ record: 4 });
    await expect(read({ 'c.csv': 'a,b\n' })).rejects.toThrow('a table must have rows');
    await expect(read({ 'c.csv': csv, 'd.csv': csv })).rejects.toThrow('got 2: c.csv, d.csv. Pass sampleSet');
    expect((await read({ 'c.csv': csv, 'd.csv': csv }, { sampleSet: 'd' })).samples).toHaveLength(4);
  });
});
