import type { Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import { memoryFiles } from '../files.js';
import type { Member } from '../formats/member.js';
import { readNumberTable } from '../formats/number-table.js';
import { unpackSample } from '../samples/unpack-sample.js';
import { readMatching } from './find-members.js';

export interface SpambaseColumns {
  [column: string]: Float32Array | Int32Array;
  /** Percent of words, percent of characters, lengths of runs of capitals: [rows, 57] */
  features: Float32Array;
  /** 0 ham, 1 spam */
  label: Int32Array;
}

const words =
  'make address all 3d our over remove internet order mail receive will people report addresses free business email you credit your font 000 money hp hpl george 650 lab labs telnet 857 data 415 85 technology 1999 parts pm direct cs meeting original project re edu table conference';

const classNames = ['ham', 'spam'] as const;

function featureNames(): string[] {
  return [
    ...words.split(' ').map((word) => `word_freq_${word}`),
    ...[...';([!$#'].map((character) => `char_freq_${character}`),
    ...['average', 'longest', 'total'].map((what) => `capital_run_length_${what}`),
  ];
}

/** 4,601 e-mails as 57 frequencies, spam or not. */
export const spambase: DatasetDefinition<SpambaseColumns> = {
  defaultSplit: 'train',
  small: true,
  card: {
    name: 'spambase',
    title: 'Spambase',
    description: 'Word and character frequencies of 4,601 e-mails, and whether they are spam.',
    licence: 'CC BY 4.0',
    downloadable: true,
    splits: { train: 4601 },
    classes: classNames,
    features: { features: '57 float32: word_freq_*, char_freq_*, capital_run_length_*', label: 'ham, spam' },
    source: 'https://doi.org/10.24432/C53G6X',
    citation: 'Hopkins, Reeber, Forman, Suermondt 1999. Spambase. UCI Machine Learning Repository.',
    files: [{ name: 'spambase.zip', url: 'https://archive.ics.uci.edu/static/public/94/spambase.zip' }],
    verified:
      'Rows, classes, means, maxima and the 391 repeated rows, counted on the rows that ship. Byte equality with UCI’s own file is not verified.',
    offline: 'official',
  },
  async open(files, options) {
    const wanted = { set: 'Spambase', pattern: /(^|\/)spambase\.(data|csv)$/, expected: 'spambase.data' };
    return {
      schema: schema(),
      read: () => readMatching(files, wanted, options, (member) => rows(member, options)),
    };
  },
  async offline() {
    const { default: sample } = await import('../samples/spambase.generated.js');
    return memoryFiles({ 'spambase.data': unpackSample(sample) });
  },
};

function schema(): Schema<SpambaseColumns> {
  return {
    features: { dtype: 'float32', shape: [57], names: featureNames() },
    label: { dtype: 'int32', shape: [], classNames },
  };
}

async function* rows(member: Member, { limits }: ReadOptions) {
  let record = 0;
  const table = readNumberTable(member.stream(), { columnCount: 58, file: member.path, limits });
  for await (const { rowCount, values } of table) {
    const features = new Float32Array(rowCount * 57);
    const label = new Int32Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      features.set(values.subarray(row * 58, row * 58 + 57), row * 57);
      label[row] = checkedLabel(values[row * 58 + 57] as number, member.path, record + row + 1);
    }
    record += rowCount;
    yield assembleBatch(schema(), { features, label }, rowCount);
  }
}

function checkedLabel(label: number, file: string, record: number): number {
  if (label === 0 || label === 1) return label;
  throw new DatasetError('malformed', `load: Spambase’s last field must be 0 or 1, got ${label}.`, {
    file,
    record,
  });
}
