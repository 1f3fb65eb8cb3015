/** The most that is read of a tokenizer's files, far above what is published. */
export const limits = {
  /** characters of a file */
  characters: 128 * 2 ** 20,
  /** pieces of a vocabulary; ids are smaller than 2^24 */
  pieces: 2 ** 21,
  ids: 2 ** 24,
  merges: 2 ** 21,
  addedTokens: 100_000,
  /** steps of a normalizer, splitter, decoder, in all */
  steps: 64,
  /** places of a template */
  places: 64,
  /** letters of a word that is looked up piece by piece; BERT's is 100 */
  wordLetters: 1000,
  /** characters that one step puts where it finds a pattern or at the beginning */
  insertion: 64,
  /** tokens of a row */
  rowTokens: 2 ** 24,
} as const;
