import { shown, TokenizerError } from './errors.js';
import type { JsonPart } from './json-part.js';
import { limits } from './limits.js';
import type { Normalizer } from './normalizer.js';
import { endOfRun, isOf, startOfSpace, unicodeClass, wellFormed } from './unicode-classes.js';
import type { Vocabulary } from './vocabulary.js';

/** A token that a text may name whole, as in "Paris is the [MASK]". */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Part of the model's protocol, not of the text: left out when ids are decoded. */
  readonly special: boolean;
  /** Found only where no letter stands before or after it. */
  readonly singleWord: boolean;
  /** Takes the space before it. */
  readonly leftStrip: boolean;
  readonly rightStrip: boolean;
  /** Looked for in the text after it was normalized. */
  readonly normalized: boolean;
}

/** A text in pieces: ids of the added tokens that it names, and what is between them. */
export type NamedPieces = (number | string)[];

/** The `added_tokens` of a tokenizer.json. */
export function addedTokensOf(file: JsonPart, vocabulary: Vocabulary): AddedToken[] {
  const tokens: AddedToken[] = [];
  let free = vocabulary.size; // as Hugging Face's library counts on
  for (const part of file.parts('added_tokens', limits.addedTokens)) {
    const content = wellFormed(part.text('content'));
    const id = part.count('id', limits.ids - 1);
    if (content === '') continue;
    requireShort(content, part.path);
    const expected = vocabulary.get(content) ?? tokens.find((token) => token.content === content)?.id ?? free;
    if (id !== expected) {
      throw new TokenizerError(
        'invalid-file',
        `${part.path}.id`,
        `${shown(content)} must have the id ${expected} with this vocabulary, got ${id}. Is the file of two models?`,
      );
    }
    if (!vocabulary.has(content)) free = Math.max(free, id + 1);
    tokens.push({
      ...{ id, content },
      special: part.flag('special', false),
      singleWord: part.flag('single_word', false),
      leftStrip: part.flag('lstrip', false),
      rightStrip: part.flag('rstrip', false),
      normalized: part.flag('normalized', !part.flag('special', false)),
    });
  }
  return tokens;
}

function requireShort(content: string, path: string): void {
  if (content.length <= limits.wordLetters) return;
  const message = `a token that texts may name has at most ${limits.wordLetters} characters, got ${content.length}.`;
  throw new TokenizerError('over-limit', `${path}.content`, message);
}

/** Finds added tokens: first those of the text as it is, then, between them, those of the normalized text. */
export function tokenFinder(
  tokens: readonly AddedToken[],
  normalize: Normalizer,
): (text: string) => NamedPieces {
  const asWritten = trieOf(
    tokens.filter(({ normalized }) => !normalized).map((token) => [token.content, token]),
  );
  const inNormal = trieOf(
    tokens.filter(({ normalized }) => normalized).map((token) => [normalize(token.content), token]),
  );
  return (text) =>
    cut(text, asWritten).flatMap((piece) =>
      typeof piece === 'number' ? [piece] : cut(normalize(piece), inNormal),
    );
}

/** Tokens by their characters. */
interface Trie {
  readonly next: Map<number, Trie>;
  token?: AddedToken;
}

function trieOf(entries: readonly (readonly [string, AddedToken])[]): Trie {
  const root: Trie = { next: new Map() };
  for (const [content, token] of entries) {
    if (content === '') continue;
    let node = root;
    for (let at = 0; at < content.length; at++) {
      const unit = content.charCodeAt(at);
      const next: Trie = node.next.get(unit) ?? { next: new Map() };
      node.next.set(unit, next);
      node = next;
    }
    node.token = token;
  }
  return root;
}

function cut(text: string, trie: Trie): NamedPieces {
  if (trie.next.size === 0) return text === '' ? [] : [text];
  const pieces: NamedPieces = [];
  let rest = 0;
  for (let at = 0; at < text.length; ) {
    const found = longestFrom(text, at, trie);
    if (!found) {
      at++;
      continue;
    }
    const { token, end } = found;
    if (!token.singleWord || isApart(text, at, end)) {
      const start = token.leftStrip ? Math.max(rest, startOfSpace(text, at, rest)) : at;
      // a token of blanks may end inside the space that one before it took
      const stop = token.rightStrip ? endOfRun(text, Math.max(end, rest), unicodeClass.space) : end;
      if (start > rest) pieces.push(text.slice(rest, start));
      pieces.push(token.id);
      rest = stop;
    }
    at = end;
  }
  if (rest < text.length) pieces.push(text.slice(rest));
  return pieces;
}

function longestFrom(text: string, at: number, trie: Trie): { token: AddedToken; end: number } | undefined {
  let found: { token: AddedToken; end: number } | undefined;
  let node = trie.next.get(text.charCodeAt(at));
  for (let end = at + 1; node; end++) {
    if (node.token) found = { token: node.token, end };
    if (end === text.length) break;
    node = node.next.get(text.charCodeAt(end));
  }
  return found;
}

/** Whether neither the character before nor the one after belongs to a word. */
function isApart(text: string, start: number, end: number): boolean {
  const low = text.charCodeAt(start - 1);
  const before = low >= 0xdc00 && low <= 0xdfff ? text.codePointAt(start - 2) : low;
  const after = text.codePointAt(end);
  const isWord = (code: number | undefined) => code !== undefined && isOf(code, unicodeClass.word);
  return !(start > 0 && isWord(before)) && !isWord(after);
}
