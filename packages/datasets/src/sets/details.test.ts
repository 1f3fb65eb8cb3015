import { readFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { memoryFile } from '../files.js';
import {
  aucScale,
  countsPerMillion,
  type DataEvent,
  load,
  log1p,
  mappedReadsScale,
  memoryFiles,
  offlineFiles,
  oneHot,
  openWordnet,
  readParquet,
  scaleSamples,
} from '../index.js';
import { stripBoilerplate } from './gutenberg-boilerplate.js';
import { parseSynset } from './wordnet-synset.js';

describe('recount3', () => {
  it('scales by the factors of the R package', () => {
    // DRR028129: metadata of a real file, factors by recount3's compute_scale_factors
    expect(aucScale({ auc: 1_001_447_156 })).toBeCloseTo(0.0399422, 7);
    expect(aucScale({ auc: 1_115_009_537 })).toBeCloseTo(0.0358741, 7);
    expect(mappedReadsScale({ mappedReads: 26_589_393, readLength: 37.64, pairedEnd: false })).toBeCloseTo(
      0.106182,
      6,
    );
  });

  it('reads its annotation, gene by gene', async () => {
    const gtf = [
      '##description: evidence-based annotation',
      'chr1\tHAVANA\tgene\t11869\t14409\t1735\t+\t.\tgene_id "ENSG00000223972.5"; gene_type "pseudo; gene"; gene_name "DDX11L1"; level 2;',
      'chr1\tHAVANA\texon\t11869\t12227\t.\t+\t.\tgene_id "ENSG00000223972.5";',
    ].join('\n');
    const read = async (text: string) =>
      (
        await load('recount3', {
          split: 'annotation',
          source: memoryFiles({ 'human.gene_sums.G026.gtf': text }),
        })
      ).collect();
    expect((await read(gtf)).columns).toEqual({
      gene_id: ['ENSG00000223972.5'],
      gene_name: ['DDX11L1'],
      gene_type: ['pseudo; gene'],
      chromosome: ['chr1'],
      strand: ['+'],
      start: Int32Array.of(11869),
      end: Int32Array.of(14409),
      exonBases: Float64Array.of(1735),
    });
    await expect(read('chr1\tgene\n')).rejects.toMatchObject({ code: 'malformed', record: 1 });
  });

  it('turns genes by samples into samples by genes and scales them', async () => {
    const samples = await load('recount3');
    const { columns, rowCount } = await samples.collect();
    const { columns: scaled, shapes } = await samples.map(...scaleSamples('auc')).collect();
    expect(shapes.features).toEqual([rowCount, 300]);
    const sums = columns.features as Float64Array;
    for (let row = 0; row < rowCount; row++) {
      const auc = sums.subarray(row * 300, row * 300 + 300).reduce((a, b) => a + b);
      expect((columns.auc as Float64Array)[row]).toBe(auc);
      expect((scaled.features as Float32Array)[row * 300 + 7]).toBe(
        Math.fround(((sums[row * 300 + 7] ?? 0) * 4e7) / auc),
      );
    }
  });

  it('reads metadata without quotes or comments, and joins the tables', async () => {
    const { columns } = await (await load('recount3', { split: 'metadata' })).collect();
    expect(Object.keys(columns)).toEqual(
      expect.arrayContaining(['#bases', '%a', 'study_title', 'bc_auc.all_reads_all_bases']),
    );
    expect(columns.study_title?.[0]).toBe('a synthetic "study", made up');
  });

  it('says which sample cannot be scaled', async () => {
    const source = memoryFiles({ 'sra.gene_sums.P.G026': '##\n##\ngene_id\tS1\nG1\t5\n', 'x.txt': '' });
    const samples = await load('recount3', { source });
    await expect(samples.map(...scaleSamples('auc')).collect()).rejects.toThrow(
      /^scaleSamples: S1 has no metadata to scale it by auc\./,
    );
  });
});

describe('numbers', () => {
  it('log1p, counts per million, one-hot', async () => {
    const genes = await load('recount3');
    const { columns } = await genes.map(...countsPerMillion()).collect();
    const first = (columns.features as Float32Array).subarray(0, 300);
    expect(first.reduce((a, b) => a + b)).toBeCloseTo(1e6, -1);
    const logged = await genes.map(...log1p()).collect();
    expect((logged.columns.features as Float32Array).every((value) => value >= 0 && value < 25)).toBe(true);
    const { columns: dna, shapes } = await (await load('dna-splice'))
      .take(2)
      .map(...oneHot('label'))
      .collect();
    expect(shapes.labelOneHot).toEqual([2, 3]);
    expect([...(dna.labelOneHot as Float32Array)]).toEqual([0, 0, 1, 0, 0, 1]);
  });
});

describe('imagenet32', () => {
  it('reads batches: planes as pixels, labels from 1 in the devkit’s order', async () => {
    const planes = Uint8Array.from({ length: 2 * 3072 }, (_, i) => (i * 7) & 255);
    const text = (word: string) => [0x55, word.length, ...Buffer.from(word)];
    const batch = Uint8Array.from([
      ...[0x80, 2, 0x7d, 0x28], // protocol 2, a dictionary of what follows
      ...[...text('data'), 0x42, 0, 24, 0, 0, ...planes], // 6,144 bytes
      ...[...text('labels'), 0x5d, 0x28, 0x4b, 1, 0x4d, 232, 3, 0x65, 0x75, 0x2e], // [1, 1000]
    ]);
    const source = memoryFiles({
      'map_clsloc.txt': 'n02119789 1 kit_fox\nn15075141 1000 toilet_tissue\n',
      train_data_batch_1: batch,
    });
    const dataset = await load('imagenet32', { source });
    const { columns, shapes } = await dataset.collect();
    expect(shapes.image).toEqual([2, 32, 32, 3]);
    expect([...columns.label]).toEqual([0, 999]);
    expect(dataset.schema.label.classNames?.[0]).toBe('kit fox');
    const image = columns.image as Uint8Array;
    expect([...image.subarray(3072, 3078)]).toEqual(
      [3072, 4096, 5120, 3073, 4097, 5121].map((at) => planes[at]),
    );
    const wrong = memoryFiles({ val_data: batch.map((byte, at) => (at === batch.length - 7 ? 0 : byte)) });
    await expect(
      (await load('imagenet32', { split: 'validation', source: wrong })).collect(),
    ).rejects.toMatchObject({
      code: 'malformed',
      file: 'val_data',
    });
  });
});

describe('openWordnet', () => {
  it('follows pointers both ways, none of them dangling', async () => {
    const graph = await openWordnet(await offlineFiles('wordnet'));
    expect(graph.dangling).toEqual([]);
    expect(graph.synsets).toHaveLength(1260);
    const [child] = graph.synsetsOf('CHILD');
    expect(child?.gloss).toContain('a young person of either sex');
    const chain: string[] = [];
    for (let at = child; at !== undefined; [at] = graph.follow(at, '@')) chain.push(at.words[0] ?? '');
    expect(chain.slice(0, 4)).toEqual(['child', 'juvenile', 'person', 'organism']);
    expect(chain.at(-1)).toBe('entity');
    const [parent] = child === undefined ? [] : graph.follow(child, '@');
    expect(parent === undefined ? [] : graph.follow(parent, '~')).toContain(child);
  });

  it('reads a line of WordNet’s own', () => {
    // WordNet 3.0, Copyright 2006 by Princeton University
    const line =
      '00001740 03 n 01 entity 0 003 ~ 00001930 n 0000 ~ 00002137 n 0000 ~ 04424418 n 0000 | that which is perceived or known or inferred to have its own distinct existence (living or nonliving)  ';
    expect(parseSynset(line, { file: 'data.noun', record: 1, byte: 1740 })).toMatchObject({
      offset: 1740,
      words: ['entity'],
      pointers: [{ symbol: '~', offset: 1930 }, { offset: 2137 }, { offset: 4424418, source: 0, target: 0 }],
      gloss:
        'that which is perceived or known or inferred to have its own distinct existence (living or nonliving)',
    });
    expect(() => parseSynset(line, { file: 'data.noun', record: 1, byte: 7 })).toThrow(
      'readSynset: a synset must stand at the byte it names, here 7',
    );
  });
});

describe('stripBoilerplate', () => {
  it.each([
    [
      '*** START OF THE PROJECT GUTENBERG EBOOK EMMA ***\nbody\n*** END OF THE PROJECT GUTENBERG EBOOK EMMA ***\nlicence',
    ],
    [
      '***START OF THE PROJECT GUTENBERG EBOOK EMMA***\r\n\r\nbody\r\n\r\n***END OF THE PROJECT GUTENBERG EBOOK EMMA***\r\n',
    ],
    [
      '*** START OF THIS PROJECT GUTENBERG EBOOK A TITLE ***\n\n\nbody\n\nEnd of the Project Gutenberg EBook of A Title\n*** END OF THIS PROJECT GUTENBERG EBOOK ***',
    ],
    [
      'legal\n*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n\nbody\n\nEnd of Project Gutenberg Etext of Emma\n',
    ],
    ['*** BEGIN THE PROJECT GUTENBERG ETEXT ***\nbody\n*** END THE PROJECT GUTENBERG ETEXT ***'],
  ])('leaves the body of %j', (book) => {
    expect(stripBoilerplate(book)).toEqual({ text: 'body', marked: true });
  });

  it('says when there was no marker', async () => {
    expect(stripBoilerplate('only a text')).toEqual({ text: 'only a text', marked: false });
    const events: DataEvent[] = [];
    const source = memoryFiles({ '42.txt': 'only a text' });
    const { columns } = await (
      await load('gutenberg', { source, onEvent: (event) => events.push(event) })
    ).collect();
    expect([columns.id[0], columns.text[0]]).toEqual([42, 'only a text']);
    expect(events).toContainEqual(expect.objectContaining({ type: 'warning', code: 'repaired' }));
  });
});

describe('readParquet', () => {
  it('gives rows group by group, the columns wanted', async () => {
    const text = Array.from({ length: 40 }, (_, i) => `row ${i}, é`);
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: 'text', data: text, type: 'STRING' },
        { name: 'n', data: Int32Array.from({ length: 40 }, (_, i) => i), type: 'INT32' },
      ],
      rowGroupSize: 16,
    });
    const read = async (options = {}) => {
      const rows: unknown[] = [];
      for await (const group of readParquet(memoryFile('a.parquet', new Uint8Array(bytes)), options))
        rows.push(...group);
      return rows;
    };
    expect(await read()).toEqual(text.map((value, n) => ({ text: value, n })));
    expect((await read({ columns: ['n'] })).at(-1)).toEqual({ n: 39 });
    const cut = memoryFile('a.parquet', new Uint8Array(bytes).subarray(0, 200));
    await expect(readParquet(cut).next()).rejects.toMatchObject({ code: 'malformed', file: 'a.parquet' });
  });
});

describe('imagenet', () => {
  const image = Uint8Array.of(1, 2, 3);

  it('labels training tars within a tar by the order of their ids', async () => {
    const inner = (wnid: string) => tarOf({ [`${wnid}_1.JPEG`]: image });
    const outer = tarOf({ 'n02119789.tar': inner('n02119789'), 'n01440764.tar': inner('n01440764') });
    const source = memoryFiles({ 'ILSVRC2012_img_train.tar': outer });
    const { columns } = await (await load('imagenet', { source })).collect();
    expect(columns.wnid).toEqual(['n02119789', 'n01440764']);
    expect([...columns.label]).toEqual([1, 0]);
  });

  it('labels validation images by the devkit', async () => {
    const fixture = JSON.parse(
      readFileSync(new URL('../../fixtures/formats.json', import.meta.url), 'utf8'),
    ).mat;
    const source = memoryFiles({
      'devkit/data/meta.mat': new Uint8Array(Buffer.from(fixture.bytes, 'base64')),
      'devkit/data/ILSVRC2012_validation_ground_truth.txt': '2\n1\n2\n',
      'ILSVRC2012_img_val.tar': tarOf({
        'ILSVRC2012_val_00000001.JPEG': image,
        'ILSVRC2012_val_00000002.JPEG': image,
        'ILSVRC2012_val_00000003.JPEG': image,
      }),
    });
    const dataset = await load('imagenet', { source, split: 'validation' });
    expect(dataset.schema.label?.classNames).toEqual(['tench, Tinca tinca', 'kit fox, Vulpes macrotis']);
    const { columns } = await dataset.collect();
    expect(columns.wnid).toEqual(['n01440764', 'n02119789', 'n01440764']);
    expect([...columns.label]).toEqual([0, 1, 0]);
  });
});

/** A tar archive, as small as can be. */
function tarOf(files: Record<string, Uint8Array>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, data]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(data.length.toString(8).padStart(11, '0'), 124);
    header.write('0', 156);
    header.write(' '.repeat(8), 148);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return new Uint8Array(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
