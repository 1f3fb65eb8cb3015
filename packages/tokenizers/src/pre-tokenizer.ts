import { bytesAsLetters } from './byte-letters.js';
import { TokenizerError } from './errors.js';
import type { JsonPart } from './json-part.js';
import { limits } from './limits.js';
import { type SplitBehavior, splitAt, splitBehaviors } from './split-behavior.js';
import { isOf, unicodeClass, unitsOf } from './unicode-classes.js';
import { gpt2Word, type WordEnd, wordOrSigns, wordPatterns } from './word-patterns.js';

/** Cuts a text into the words that the model looks up, each by itself. */
export type PreTokenizer = (text: string) => string[];

const kinds = [
  ...['BertPreTokenizer', 'ByteLevel', 'Whitespace', 'WhitespaceSplit', 'Punctuation', 'Digits', 'Split'],
  'Sequence',
] as const;

/** The pre-tokenizer of a tokenizer.json. */
export function preTokenizerOf(part: JsonPart | undefined): PreTokenizer {
  if (!part) return (text) => (text === '' ? [] : [text]);
  const steps = stepsOf(part, { left: limits.steps });
  return (text) =>
    steps.reduce(
      (words, step) => words.flatMap(step).filter((word) => word !== ''),
      text === '' ? [] : [text],
    );
}

function stepsOf(part: JsonPart, budget: { left: number }): PreTokenizer[] {
  if (budget.left-- <= 0) {
    throw new TokenizerError('over-limit', part.path, `at most ${limits.steps} steps are read.`);
  }
  const kind = part.choice('type', kinds);
  if (kind !== 'Sequence') return [stepOf(kind, part)];
  return part.parts('pretokenizers', limits.steps).flatMap((inner) => stepsOf(inner, budget));
}

function stepOf(kind: string, part: JsonPart): PreTokenizer {
  const { space, punctuation, digit } = unicodeClass;
  switch (kind) {
    case 'BertPreTokenizer':
      return bertWords;
    case 'ByteLevel':
      return byteLevel(part);
    case 'Whitespace':
      return (text) => splitAt(text, wordOrSigns, 'Removed', true);
    case 'WhitespaceSplit':
      return (text) => splitAt(text, characterOf(space), 'Removed');
    case 'Punctuation': {
      const behavior = part.choice('behavior', splitBehaviors, 'Isolated');
      return (text) => splitAt(text, characterOf(punctuation), behavior);
    }
    case 'Digits': {
      const behavior = part.flag('individual_digits', false) ? 'Isolated' : 'Contiguous';
      return (text) => splitAt(text, characterOf(digit), behavior);
    }
    default:
      return split(part);
  }
}

/** Words between space, and each mark of punctuation by itself. */
function bertWords(text: string): string[] {
  const words: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) as number; // before the end
    const end = at + unitsOf(code);
    if (isOf(code, unicodeClass.space | unicodeClass.punctuation)) {
      if (at > start) words.push(text.slice(start, at));
      if (isOf(code, unicodeClass.punctuation)) words.push(text.slice(at, end));
      start = end;
    }
    at = end;
  }
  if (start < text.length) words.push(text.slice(start));
  return words;
}

/** GPT-2's words, their bytes as letters. */
function byteLevel(part: JsonPart): PreTokenizer {
  const blankFirst = part.flag('add_prefix_space', true);
  const useWords = part.flag('use_regex', true);
  return (text) => {
    const whole = blankFirst && !text.startsWith(' ') ? ` ${text}` : text;
    const words = useWords ? splitAt(whole, gpt2Word, 'Isolated') : [whole];
    return words.map(bytesAsLetters);
  };
}

function split(part: JsonPart): PreTokenizer {
  const behavior: SplitBehavior = part.choice('behavior', splitBehaviors);
  const invert = part.flag('invert', false);
  const pattern = part.part('pattern');
  if (!pattern) throw part.unsupported('pattern', ['{ "String": … }', '{ "Regex": … }']);
  const find = pattern.has('Regex') ? knownPattern(pattern) : literal(pattern);
  return (text) => splitAt(text, find, behavior, invert);
}

function knownPattern(pattern: JsonPart): WordEnd {
  const regex = pattern.text('Regex');
  const known = Object.hasOwn(wordPatterns, regex) ? wordPatterns[regex] : undefined;
  if (known) return known;
  throw pattern.unsupported('Regex', [
    "the patterns of GPT-2, Llama 3, Qwen 2, '\\s+' and '\\w+|[^\\w\\s]+'",
  ]);
}

function literal(pattern: JsonPart): WordEnd {
  const text = pattern.insertion('String');
  if (text === '') throw new TokenizerError('invalid-file', pattern.path, 'the pattern must not be empty.');
  return (whole, at) => (whole.startsWith(text, at) ? at + text.length : at);
}

/** One character of a class. */
function characterOf(classes: number): WordEnd {
  return (text, at) => {
    const code = text.codePointAt(at) as number; // not called at the end
    return isOf(code, classes) ? at + unitsOf(code) : at;
  };
}
