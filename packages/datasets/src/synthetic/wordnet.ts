import { seededRandom } from '../random.js';

const notice = [
  '  1 This is a synthetic file in the format of WordNet 3.0 data files.  ',
  '  2 Its words and meanings are made up; see wordnet.princeton.edu for the real ones.  ',
];
const syllables = ['ba', 'lo', 'mir', 'ten', 'qua', 'dis', 'fer', 'nu', 'gan', 'sel'];

/** A made-up tree of nouns and one of verbs, as `dict/data.*` with offsets that are true. */
export function syntheticWordnet(seed: number, count: number): Record<string, string> {
  return {
    'dict/data.noun': dataFile(seed, 'n', count),
    'dict/data.verb': dataFile(seed, 'v', Math.ceil(count / 4)),
    'dict/data.adj': dataFile(seed, 'a', Math.ceil(count / 4)),
    'dict/data.adv': dataFile(seed, 'r', Math.ceil(count / 8)),
  };
}

function dataFile(seed: number, partOfSpeech: 'n' | 'v' | 'a' | 'r', count: number): string {
  const random = seededRandom(seed, 'synthetic wordnet', partOfSpeech);
  const word = () =>
    Array.from({ length: 2 + Math.floor(random() * 2) }, () => syllables[Math.floor(random() * 10)]).join('');
  const parents = Array.from({ length: count }, (_, i) => (i === 0 ? -1 : Math.floor(random() * i)));
  const words = Array.from({ length: count }, () =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, word),
  );
  const hasTree = partOfSpeech === 'n' || partOfSpeech === 'v';
  // pointers name byte offsets of fixed width, so line lengths are known before offsets are
  const line = (i: number, offsets: readonly number[]) => {
    const offset = (synset: number) => String(offsets[synset] ?? 0).padStart(8, '0');
    const links = hasTree
      ? [
          ...((parents[i] as number) >= 0 ? [['@', parents[i] as number] as const] : []),
          ...parents.flatMap((parent, child) => (parent === i ? [['~', child] as const] : [])),
        ]
      : [];
    const lemmas = (words[i] as string[]).map((lemma) => `${lemma} 0`).join(' ');
    const pointers = links
      .map(([symbol, target]) => ` ${symbol} ${offset(target)} ${partOfSpeech} 0000`)
      .join('');
    const frames = partOfSpeech === 'v' ? ' 01 + 02 00' : '';
    const wordCount = (words[i] as string[]).length.toString(16).padStart(2, '0');
    return `${offset(i)} 03 ${partOfSpeech} ${wordCount} ${lemmas} ${String(links.length).padStart(3, '0')}${pointers}${frames} | a made-up meaning, number ${i}; "so they said"  \n`;
  };
  const head = `${notice.join('\n')}\n`;
  const offsets: number[] = [];
  let byte = head.length;
  for (let i = 0; i < count; i++) {
    offsets.push(byte);
    byte += line(i, []).length;
  }
  return head + offsets.map((_, i) => line(i, offsets)).join('');
}
