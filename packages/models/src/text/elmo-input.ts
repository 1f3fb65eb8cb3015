import * as tf from '@tensorflow/tfjs-core';

const lettersPerWord = 50;
const marks = { beginSentence: 256, endSentence: 257, beginWord: 258, endWord: 259, padding: 260 };

/**
 * Sentences as the characters ELMo reads: UTF-8 bytes between word marks, one more word before and after each
 * sentence, all ids plus one, and 0 where there is no word.
 *
 * @param sentences - lists of words
 * @returns int32 [batch, longest + 2, 50]; the caller disposes it
 * @throws RangeError if there is no sentence
 * @throws TypeError if a sentence is not a list of words
 * @see Peters et al. 2018, arXiv 1802.05365 §3.4
 */
export function elmoCharacters(sentences: readonly (readonly string[])[]): tf.Tensor3D {
  if (sentences.length === 0) throw new RangeError('elmoCharacters: sentences must not be empty, got none.');
  const [first] = sentences;
  if (!Array.isArray(sentences) || !sentences.every(Array.isArray)) {
    throw new TypeError(
      `elmoCharacters: sentences must be lists of words, e.g. [['a', 'dog']], got ${typeof first}.`,
    );
  }
  const longest = sentences.reduce((most, words) => Math.max(most, words.length), 0) + 2;
  const ids = new Int32Array(sentences.length * longest * lettersPerWord);
  const encoder = new TextEncoder();
  for (const [row, words] of sentences.entries()) {
    const inside = words.map((word) => [...encoder.encode(word).subarray(0, lettersPerWord - 2)]);
    for (const [position, bytes] of [[marks.beginSentence], ...inside, [marks.endSentence]].entries()) {
      const start = (row * longest + position) * lettersPerWord;
      const letters = [marks.beginWord, ...bytes, marks.endWord];
      for (let i = 0; i < lettersPerWord; i++) ids[start + i] = (letters[i] ?? marks.padding) + 1;
    }
  }
  return tf.tensor3d(ids, [sentences.length, longest, lettersPerWord], 'int32');
}
