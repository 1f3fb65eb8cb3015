import {
  bertTokens,
  bytePairDefinition,
  type TokenizerDefinition,
  wordPieceDefinition,
} from './definition.js';
import { shown, TokenizerError } from './errors.js';
import { kindOf, parseJson } from './json-part.js';
import { limits } from './limits.js';
import { Tokenizer } from './tokenizer.js';
import { otherFamily, TokenizerConfig } from './tokenizer-config.js';
import { linesOf, vocabularyOf, vocabularyOfLines } from './vocabulary.js';

/** Texts of a model's files, by their names. */
export interface TokenizerFiles {
  readonly 'tokenizer.json'?: string | undefined;
  /** BERT's vocabulary, a piece a line */
  readonly 'vocab.txt'?: string | undefined;
  /** GPT-2's and RoBERTa's */
  readonly 'vocab.json'?: string | undefined;
  readonly 'merges.txt'?: string | undefined;
  /** beside each of them: lower case or not, length, padding */
  readonly 'tokenizer_config.json'?: string | undefined;
}

export interface ReadTokenizerOptions {
  /** Of `vocab.txt`: small letters, accents off. Default what tokenizer_config.json says. */
  readonly lowerCase?: boolean;
}

const names = ['tokenizer.json', 'vocab.txt', 'vocab.json', 'merges.txt', 'tokenizer_config.json'] as const;
const bertFamilies = ['Bert', 'DistilBert', 'Electra', 'MobileBert', 'ConvBert', 'SqueezeBert', 'LayoutLM'];

/**
 * The tokenizer of a published model, from the files beside its weights: `tokenizer.json`; or `vocab.txt` (BERT); or
 * `vocab.json` with `merges.txt` (GPT-2, RoBERTa). Give all that there are.
 *
 * @throws TokenizerError if one is missing, is not what it should be, or leaves open whether letters are lowered
 * @example
 * ```ts
 * const tokenizer = readTokenizer({ 'vocab.txt': '[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nfilm\n##s' });
 * tokenizer.encode(['Good films']).tokens; // [[2, 4, 5, 6, 3]]
 * ```
 */
export function readTokenizer(files: TokenizerFiles, options: ReadTokenizerOptions = {}): Tokenizer {
  requireFiles(files);
  const config = new TokenizerConfig(files['tokenizer_config.json']);
  const whole = files['tokenizer.json'];
  if (whole !== undefined) {
    return new Tokenizer(parseJson(whole, 'tokenizer.json') as TokenizerDefinition, config.defaults); // checked there
  }
  const lines = files['vocab.txt'];
  if (lines !== undefined) return new Tokenizer(ofVocabTxt(lines, config, options), config.defaults);
  const { 'vocab.json': vocab, 'merges.txt': merges } = files;
  if (vocab !== undefined && merges !== undefined) {
    return new Tokenizer(ofMerges(vocab, merges, config), config.defaults);
  }
  const [given, missing] = vocab === undefined ? ['merges.txt', 'vocab.json'] : ['vocab.json', 'merges.txt'];
  throw new TokenizerError(
    'missing-file',
    vocab === undefined && merges === undefined ? 'tokenizer.json' : (missing as string),
    vocab === undefined && merges === undefined
      ? 'there must be a tokenizer.json, a vocab.txt, or a vocab.json with its merges.txt, got none of them.'
      : `${given} needs ${missing} beside it, got none.`,
  );
}

function requireFiles(files: TokenizerFiles): void {
  for (const [name, text] of Object.entries(files) as [string, unknown][]) {
    if (!names.some((known) => known === name)) {
      throw new TypeError(`readTokenizer: files must be of ${names.join(', ')}, got ${shown(name)}.`);
    }
    if (text !== undefined && typeof text !== 'string') {
      throw new TypeError(`readTokenizer: ${name} must be the text of the file, got ${kindOf(text)}.`);
    }
    if (typeof text === 'string' && text.length > limits.characters) {
      const message = `at most ${limits.characters} characters are read, got ${text.length}.`;
      throw new TokenizerError('over-limit', name, message);
    }
  }
}

function ofVocabTxt(
  text: string,
  config: TokenizerConfig,
  options: ReadTokenizerOptions,
): TokenizerDefinition {
  const { family } = config;
  if (family !== undefined && !bertFamilies.includes(family))
    throw otherFamily(family, 'vocab.txt', bertFamilies);
  const tokens = {
    pad: config.token('pad') ?? bertTokens.pad,
    unknown: config.token('unk') ?? bertTokens.unknown,
    begin: config.token('cls') ?? bertTokens.begin,
    end: config.token('sep') ?? bertTokens.end,
    mask: config.token('mask') ?? bertTokens.mask,
  };
  const vocabulary = vocabularyOfLines(linesOf(text), 'vocab.txt');
  for (const token of [tokens.pad, tokens.unknown, tokens.begin, tokens.end]) {
    if (vocabulary.has(token)) continue;
    const message = `the vocabulary must hold ${shown(token)}, got ${vocabulary.size} pieces without it. Is it BERT's, a piece a line?`;
    throw new TokenizerError('invalid-file', 'vocab.txt', message);
  }
  const lowerCase = options.lowerCase ?? config.flag('do_lower_case') ?? isLowerCase([...vocabulary.keys()]);
  const vocab = Object.fromEntries(vocabulary);
  return wordPieceDefinition(vocab, {
    ...{ lowerCase, tokens },
    stripAccents: config.flag('strip_accents') ?? null,
    splitChinese: config.flag('tokenize_chinese_chars') ?? true,
    added: config.added(vocab, Object.values(tokens)),
  });
}

/** A vocabulary without capitals is one of small letters; one with capitals may be either, and is not guessed. */
function isLowerCase(pieces: readonly string[]): true {
  const capital = pieces.find((piece) => /^(?:##)?[A-Z][A-Za-z]*$/.test(piece));
  if (capital === undefined) return true;
  throw new TokenizerError(
    'unclear',
    'vocab.txt',
    `the vocabulary has capitals (${shown(capital)}), and no tokenizer_config.json says whether texts are lowered. ` +
      'Put one beside it, {"do_lower_case": false} for a cased model, or pass lowerCase.',
  );
}

function ofMerges(vocabText: string, merges: string, config: TokenizerConfig): TokenizerDefinition {
  const vocabulary = vocabularyOf(parseJson(vocabText, 'vocab.json'), 'vocab.json');
  const vocab = Object.fromEntries(vocabulary);
  const pairs = linesOf(merges)
    .filter((line, i) => line !== '' && !(i === 0 && line.startsWith('#version')))
    .map((line): [string, string] => {
      const [left, right, more] = line.split(' ');
      if (left && right && more === undefined) return [left, right];
      const message = `a line must be two pieces with a blank between them, got ${shown(line)}.`;
      throw new TokenizerError('invalid-file', 'merges.txt', message);
    });
  const byMarks = ['<s>', '</s>', '<mask>'].every((mark) => vocabulary.has(mark)) ? 'Roberta' : 'GPT2';
  const family = config.family ?? byMarks;
  const blankFirst = config.flag('add_prefix_space') ?? false;
  if (family === 'GPT2') {
    return bytePairDefinition(vocab, pairs, { added: config.added(vocab, ['<|endoftext|>']), blankFirst });
  }
  const robertaFamilies = ['Roberta', 'Bart', 'Longformer', 'LED'];
  if (!robertaFamilies.includes(family)) {
    throw otherFamily(family, 'vocab.json and merges.txt', ['GPT2', ...robertaFamilies]);
  }
  const added = config.added(vocab, ['<s>', '<pad>', '</s>', '<unk>', '<mask>'], '<mask>');
  return bytePairDefinition(vocab, pairs, { added, blankFirst, roberta: true });
}
