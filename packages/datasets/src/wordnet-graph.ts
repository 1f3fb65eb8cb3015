import type { DataFiles } from './files.js';
import type { Limits } from './limits.js';
import { readSynsets } from './sets/wordnet.js';
import type { PartOfSpeech, Synset, SynsetPointer } from './sets/wordnet-synset.js';
import { walk } from './walk.js';

/** WordNet in memory: synsets by name, and who points to whom. */
export interface WordnetGraph {
  readonly synsets: readonly Synset[];
  /** A synset by part of speech (`s` counts as `a`) and offset; undefined if there is none. */
  synset(partOfSpeech: PartOfSpeech, offset: number): Synset | undefined;
  /** The synsets a lemma is in, in the files' order. Case does not count, blanks are underscores. */
  synsetsOf(lemma: string): readonly Synset[];
  /** Where the pointers of a synset lead, all or those of one symbol. */
  follow(synset: Synset, symbol?: string): readonly Synset[];
  /** Pointers that lead nowhere; none in a whole copy. */
  readonly dangling: readonly SynsetPointer[];
}

/**
 * All of WordNet as a graph.
 *
 * @param files - the `dict` folder, or an archive of it; never mix files of two editions
 * @throws DatasetError as `load('wordnet')` does
 */
export async function openWordnet(
  files: DataFiles,
  options: { readonly limits?: Partial<Limits> } = {},
): Promise<WordnetGraph> {
  const synsets: Synset[] = [];
  const limits = options.limits ?? {};
  for await (const member of walk(files, { limits, onEvent: () => {}, signal: undefined })) {
    if (!/(^|\/)data\.(noun|verb|adj|adv)$/.test(member.path)) continue;
    for await (const block of readSynsets(member, { limits })) synsets.push(...block);
  }
  const key = (partOfSpeech: PartOfSpeech, offset: number) =>
    `${partOfSpeech === 's' ? 'a' : partOfSpeech}${offset}`;
  const byKey = new Map(synsets.map((synset) => [key(synset.partOfSpeech, synset.offset), synset]));
  const byLemma = new Map<string, Synset[]>();
  for (const synset of synsets) {
    for (const lemma of new Set(synset.words.map(normal))) {
      const known = byLemma.get(lemma);
      if (known === undefined) byLemma.set(lemma, [synset]);
      else known.push(synset);
    }
  }
  const target = (pointer: SynsetPointer) => byKey.get(key(pointer.partOfSpeech, pointer.offset));
  return {
    synsets,
    synset: (partOfSpeech, offset) => byKey.get(key(partOfSpeech, offset)),
    synsetsOf: (lemma) => byLemma.get(normal(lemma)) ?? [],
    follow: (synset, symbol) =>
      synset.pointers
        .filter((pointer) => symbol === undefined || pointer.symbol === symbol)
        .map(target)
        .filter((found) => found !== undefined),
    dangling: synsets.flatMap(({ pointers }) => pointers.filter((pointer) => target(pointer) === undefined)),
  };
}

function normal(lemma: string): string {
  return lemma.toLowerCase().replaceAll(' ', '_');
}
