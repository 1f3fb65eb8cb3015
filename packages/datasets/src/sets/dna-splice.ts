import type { Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition } from '../definition.js';
import { DatasetError } from '../errors.js';
import { memoryFiles } from '../files.js';
import { readLines } from '../formats/lines.js';
import type { Member } from '../formats/member.js';
import { unpackSample } from '../samples/unpack-sample.js';
import { readMatching } from './find-members.js';

export interface DnaSpliceColumns {
  [column: string]: Float32Array | Int32Array | string[];
  /** 60 nucleotides, each one-hot over A, C, G, T, so features come in groups of 4: [rows, 240] */
  features: Float32Array;
  /** The 60 letters. */
  sequence: string[];
  /** 0 donor (exon to intron), 1 acceptor (intron to exon), 2 neither */
  label: Int32Array;
}

const classNames = ['ei', 'ie', 'n'] as const;
const letters = 'ACGT';
const length = 60;

/** 3,186 pieces of primate DNA, and whether a splice junction lies in their middle. */
export const dnaSplice: DatasetDefinition<DnaSpliceColumns> = {
  defaultSplit: 'train',
  small: true,
  card: {
    name: 'dna-splice',
    title: 'Primate splice-junction gene sequences (StatLog DNA)',
    description:
      '60 nucleotides around a possible splice junction: donor (ei), acceptor (ie) or neither (n).',
    licence: 'CC BY 4.0',
    downloadable: false,
    splits: { train: 3186 },
    classes: classNames,
    features: {
      features: '240 float32: 60 nucleotides, one-hot over A, C, G, T',
      sequence: '60 letters',
      label: 'ei, ie, n',
    },
    source: 'https://doi.org/10.24432/C5M888',
    citation:
      'Molecular Biology (Splice-junction Gene Sequences), UCI Machine Learning Repository 1991; Noordewier, Towell, Shavlik, NIPS 3, 1991; StatLog version by Ross King.',
    files: [],
    verified:
      'Rows, classes, nucleotides and distinct sequences, counted on the rows that ship, whose letters were recoded from StatLog’s bits.',
    offline: 'official',
  },
  async open(files, options) {
    const wanted = { set: 'dna-splice', pattern: /dna-splice\.csv$/, expected: 'dna-splice.csv' };
    return { schema: schema(), read: () => readMatching(files, wanted, options, rows) };
  },
  async offline() {
    const { default: sample } = await import('../samples/dna-splice.generated.js');
    return memoryFiles({ 'dna-splice.csv': unpackSample(sample) });
  },
};

function schema(): Schema<DnaSpliceColumns> {
  return {
    features: {
      dtype: 'float32',
      shape: [length * 4],
      names: featureNames(),
      groupSize: letters.length,
      derivedFrom: 'sequence',
    },
    sequence: { dtype: 'string', shape: [] },
    label: { dtype: 'int32', shape: [], classNames },
  };
}

function featureNames(): string[] {
  return Array.from({ length: length * 4 }, (_, i) => `${Math.floor(i / 4) + 1}_${letters[i % 4]}`);
}

async function* rows(member: Member) {
  const lines: string[] = [];
  for await (const block of readLines(member.stream(), { file: member.path })) lines.push(...block);
  if (lines.at(-1) === '') lines.pop();
  yield readRows(lines.slice(1), member.path);
}

function readRows(lines: string[], file: string) {
  const features = new Float32Array(lines.length * length * 4);
  const sequence: string[] = [];
  const label = new Int32Array(lines.length);
  lines.forEach((line, row) => {
    const match = /^(ei|ie|n),([ACGT]{60})$/.exec(line);
    const [, className, bases] = match ?? [];
    if (className === undefined || bases === undefined) {
      const message = 'load: a dna-splice row must be ei, ie or n, a comma and 60 of A, C, G, T.';
      throw new DatasetError('malformed', message, { file, record: row + 1 });
    }
    label[row] = classNames.indexOf(className as 'ei'); // the expression matches only the three names
    sequence.push(bases);
    for (let k = 0; k < length; k++) features[(row * length + k) * 4 + letters.indexOf(bases.charAt(k))] = 1;
  });
  return assembleBatch(schema(), { features, sequence, label }, lines.length);
}
