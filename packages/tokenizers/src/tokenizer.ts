import { addedTokensOf, type NamedPieces, tokenFinder } from './added-tokens.js';
import { bytePairModel } from './byte-pair.js';
import { type Cut, cutOf, cutTexts } from './cut-rows.js';
import { type Decoder, decoderOf } from './decoder.js';
import type { TokenizerDefinition } from './definition.js';
import { JsonPart } from './json-part.js';
import { normalizerOf } from './normalizer.js';
import { type Padding, paddingOf, padRows } from './padding.js';
import { preTokenizerOf } from './pre-tokenizer.js';
import { type Template, templateOf } from './template.js';
import { wellFormed } from './unicode-classes.js';
import { vocabularyOf } from './vocabulary.js';
import { type WordModel, wordPieceModel } from './word-piece.js';

/** What a tokenizer makes of texts: rows of one length, to give to a model as they are. */
export interface EncodedTexts {
  /** [batch, length] */
  tokens: number[][];
  /** 1 for tokens, 0 for padding */
  mask: number[][];
  /** 0 for the first text of a pair, 1 for the second; only where the tokenizer's file numbers them, as BERT's does */
  tokenTypes?: number[][];
}

export interface EncodeOptions {
  /** Tokens of a row at most, special ones included: longer texts are cut. Default what the file says; null cuts none. */
  readonly maxLength?: number | null;
  /** Tokens of every row. Default what the file says, else the longest row's. */
  readonly padTo?: number | 'longest';
  /** What fills shorter rows. Default the file's padding token. */
  readonly padId?: number;
  /** false leaves out the special tokens around texts. Default true. */
  readonly specialTokens?: boolean;
}

/** What files beside a tokenizer.json say of it. */
export interface TokenizerDefaults {
  readonly maxLength?: number;
  readonly padToken?: string;
}

/**
 * Texts to ids and back, as Hugging Face's tokenizers (Rust) does it, from what a `tokenizer.json` holds.
 *
 * @see readTokenizer, which reads the files of a model; trainTokenizer, which learns a vocabulary
 */
export class Tokenizer {
  /** How many rows a model's embeddings need: one more than the greatest id. */
  readonly size: number;
  /** Ids of special tokens: padding, beginning, end, mask, … */
  readonly specialIds: ReadonlySet<number>;
  /** The token that fills shorter rows, where the files name one. */
  readonly padId: number | undefined;
  readonly #definition: TokenizerDefinition;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #tokens: string[] = []; // by id
  readonly #find: (text: string) => NamedPieces;
  readonly #split: (text: string) => string[];
  readonly #model: WordModel;
  readonly #template: Template;
  readonly #decode: Decoder;
  readonly #cut: Cut | undefined;
  readonly #padding: Padding | undefined;
  readonly #defaults: TokenizerDefaults;

  /**
   * @param definition - what JSON.parse makes of a tokenizer.json; checked, so it may come from anywhere
   * @throws TokenizerError if it is not one, or of a kind that is not here
   */
  constructor(definition: TokenizerDefinition, defaults: TokenizerDefaults = {}) {
    const file = new JsonPart(definition, 'tokenizer.json');
    const model = file.part('model') ?? new JsonPart(undefined, 'tokenizer.json.model');
    const vocabulary = vocabularyOf(model.value('vocab'), `${model.path}.vocab`);
    const added = addedTokensOf(file, vocabulary);
    const normalize = normalizerOf(file.part('normalizer'));
    this.#definition = definition;
    this.#defaults = defaults;
    const ids = new Map(vocabulary);
    for (const [piece, id] of vocabulary) this.#tokens[id] = piece;
    for (const { content, id, normalized } of added) {
      ids.set(content, id);
      this.#tokens[id] = normalized ? normalize(content) : content;
    }
    this.#ids = ids;
    this.size = this.#tokens.length;
    this.#find = tokenFinder(added, normalize);
    this.#split = preTokenizerOf(file.part('pre_tokenizer'));
    this.#model = modelOf(model)(model, vocabulary);
    this.#template = templateOf(file.part('post_processor'), (token) => this.#ids.get(token));
    this.#decode = decoderOf(file.part('decoder'));
    this.#cut = cutOf(file.part('truncation'));
    this.#padding = paddingOf(file.part('padding'));
    this.specialIds = new Set(added.filter(({ special }) => special).map(({ id }) => id));
    const named = [defaults.padToken, '[PAD]', '<pad>'].find((token) => token && this.#ids.has(token));
    this.padId = this.#padding?.id ?? (named === undefined ? undefined : this.#ids.get(named));
  }

  /** The id of a token, as in `idOf('[MASK]')`; undefined for a token that is not in the vocabulary. */
  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }

  tokenOf(id: number): string | undefined {
    return this.#tokens[id];
  }

  /** Tokens of one text, without the special ones around it. */
  tokenize(text: string): string[] {
    return this.#encodeText(text).map((id) => this.#tokens[id] as string); // ids of this vocabulary
  }

  /**
   * Rows of ids for a model, with its special tokens, brought to one length.
   *
   * @param texts - each a text, or a pair of them
   * @throws RangeError if rows differ in length and no token for padding is known, or none is left after cutting
   */
  encode(texts: readonly (string | readonly [string, string])[], options: EncodeOptions = {}): EncodedTexts {
    if (!Array.isArray(texts)) {
      throw new TypeError(
        `encode: there must be a list of texts, got ${typeof texts}. Write encode([text]).`,
      );
    }
    const cut = this.#cutOf(options);
    const special = options.specialTokens ?? true;
    const rows = texts.map((entry, i) => {
      const pair: unknown[] = Array.isArray(entry) ? entry : [entry];
      const [first, second] = pair.map((text) => this.#encodeText(requireText(text, i)));
      if (!first || pair.length > 2)
        throw new TypeError(`encode: text ${i} must be a text or two, got ${pair.length}.`);
      if (cut) cutTexts(first, second, special ? this.#template.extra[second ? 1 : 0] : 0, cut);
      return this.#template.row(first, second, special);
    });
    const padding = this.#paddingOf(options, new Set(rows.map(({ ids }) => ids.length)));
    const { tokens, mask, types } = padRows(rows, padding);
    return { tokens, mask, ...(this.#template.hasTypes ? { tokenTypes: types } : {}) };
  }

  /**
   * Text of ids.
   *
   * @param options.specialTokens - true writes special tokens too. Default false.
   * @throws RangeError for an id that is not in the vocabulary
   */
  decode(ids: Iterable<number>, { specialTokens = false }: { specialTokens?: boolean } = {}): string {
    const tokens: string[] = [];
    for (const id of ids) {
      const token = this.#tokens[id];
      if (token === undefined) {
        throw new RangeError(`decode: ids must be of the vocabulary, from 0 to ${this.size - 1}, got ${id}.`);
      }
      if (specialTokens || !this.specialIds.has(id)) tokens.push(token);
    }
    return this.#decode(tokens);
  }

  /** The `tokenizer.json`: what `JSON.stringify(tokenizer)` writes is a file for Hugging Face's tools. */
  toJSON(): TokenizerDefinition {
    return this.#definition;
  }

  #encodeText(text: string): number[] {
    const ids: number[] = [];
    for (const piece of this.#find(wellFormed(text))) {
      if (typeof piece === 'number') ids.push(piece);
      else for (const word of this.#split(piece)) for (const id of this.#model(word)) ids.push(id);
    }
    return ids;
  }

  #cutOf({ maxLength }: EncodeOptions): Cut | undefined {
    if (maxLength === null) return undefined;
    const most = maxLength ?? this.#cut?.maxLength ?? this.#defaults.maxLength;
    if (most === undefined) return undefined;
    requireCount('maxLength', most);
    return { strategy: 'LongestFirst', side: 'Right', ...this.#cut, maxLength: most };
  }

  #paddingOf({ padTo, padId }: EncodeOptions, lengths: ReadonlySet<number>): Padding {
    if (typeof padTo === 'number') requireCount('padTo', padTo);
    const length = padTo === 'longest' ? undefined : (padTo ?? this.#padding?.length);
    const id = padId ?? this.padId;
    const longest = [...lengths].reduce((most, count) => Math.max(most, count), 0);
    if (typeof padTo === 'number' && longest > padTo) {
      throw new RangeError(
        `encode: rows must fit into padTo ${padTo}, got one of ${longest} tokens. Pass maxLength: ${padTo}.`,
      );
    }
    if (id === undefined && (lengths.size > 1 || longest < (length ?? longest))) {
      throw new RangeError(
        `encode: rows of ${[...lengths].slice(0, 5).join(', ')} tokens need padding, and this tokenizer names no token for it. ` +
          'Pass padId, e.g. 0: the mask hides it.',
      );
    }
    const plain = { type: 0, side: 'Right', multipleOf: 1 } as const;
    return {
      ...plain,
      ...this.#padding,
      id: id ?? 0,
      length,
      ...(padTo === undefined ? {} : { multipleOf: 1 }),
    };
  }
}

/** Old files do not name the kind of their model. */
function modelOf(model: JsonPart): typeof wordPieceModel {
  const old = model.has('merges') ? 'BPE' : 'WordPiece';
  return model.choice('type', ['WordPiece', 'BPE'], old) === 'BPE' ? bytePairModel : wordPieceModel;
}

function requireText(text: unknown, index: number): string {
  if (typeof text === 'string') return text;
  throw new TypeError(`encode: text ${index} must be a string, got ${text === null ? 'null' : typeof text}.`);
}

function requireCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0) return;
  throw new RangeError(`encode: ${name} must be a whole number of tokens, got ${value}.`);
}
