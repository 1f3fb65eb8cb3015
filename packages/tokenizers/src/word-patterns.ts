import { endOfRun, isOf, unicodeClass, unitsOf } from './unicode-classes.js';

/** Where the word that begins at `at` ends; `at` itself where none does. */
export type WordEnd = (text: string, at: number) => number;

const { letter, number, space } = unicodeClass;
const contraction = /'(?:s|t|re|ve|m|ll|d)/y;
const anyCaseContraction = /'(?:[sS\u017f]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])/y;

/**
 * The patterns that published tokenizers split by, as their files write them. A pattern of a file is never run: it could
 * take forever, and an engine's classes of letters are not those of Hugging Face's library.
 */
export const wordPatterns: Readonly<Record<string, WordEnd>> = {
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+": gpt2Word,
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+":
    (text, at) => gpt4Word(text, at, 3),
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+":
    (text, at) => gpt4Word(text, at, 1),
  '\\s+': (text, at) => endOfRun(text, at, space),
  '\\w+|[^\\w\\s]+': wordOrSigns,
};

/** Contractions, words, numbers, the rest, and space; each but a contraction takes one blank before it. */
export function gpt2Word(text: string, at: number): number {
  const short = endOfContraction(text, at, contraction);
  if (short > at) return short;
  const start = text[at] === ' ' ? at + 1 : at;
  if (start < text.length) {
    const code = text.codePointAt(start) as number; // before the end
    if (isOf(code, letter)) return endOfRun(text, start, letter);
    if (isOf(code, number)) return endOfRun(text, start, number);
    if (!isOf(code, space)) return endOfRun(text, start, letter | number | space, true);
  }
  return endOfSpace(text, at);
}

/** GPT-4's, with numbers of at most `digits`: Llama 3 has 3, Qwen 2 has 1. */
function gpt4Word(text: string, at: number, digits: number): number {
  const short = endOfContraction(text, at, anyCaseContraction);
  if (short > at) return short;
  const code = text.codePointAt(at) as number; // not called at the end
  const after = isOf(code, letter | number) || code === 0x0d || code === 0x0a ? at : at + unitsOf(code);
  const word = endOfRun(text, after, letter);
  if (word > after) return word;
  if (isOf(code, number)) return endOfNumber(text, at, digits);
  const start = text[at] === ' ' ? at + 1 : at;
  const signs = endOfRun(text, start, letter | number | space, true);
  if (signs > start) return endOfLines(text, signs);
  const end = endOfRun(text, at, space);
  for (let line = end; line > at; line--) if (/[\r\n]/.test(text[line - 1] as string)) return line;
  return endOfSpace(text, at);
}

function endOfNumber(text: string, at: number, digits: number): number {
  let end = at;
  for (let count = 0; count < digits && end < text.length; count++) {
    const code = text.codePointAt(end) as number; // before the end
    if (!isOf(code, number)) break;
    end += unitsOf(code);
  }
  return end;
}

function endOfLines(text: string, at: number): number {
  let end = at;
  while (text[end] === '\r' || text[end] === '\n') end++;
  return end;
}

/** All of the space, but for its last character where a word comes after more than one. */
function endOfSpace(text: string, at: number): number {
  const end = endOfRun(text, at, space);
  return end < text.length && end - at > 1 ? end - 1 : end;
}

function endOfContraction(text: string, at: number, pattern: RegExp): number {
  if (text[at] !== "'") return at;
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Words and what is between them and space. */
export function wordOrSigns(text: string, at: number): number {
  const end = endOfRun(text, at, unicodeClass.word);
  return end > at ? end : endOfRun(text, at, unicodeClass.word | space, true);
}
