import { type AddedTokenDefinition, specialToken } from './definition.js';
import { shown, TokenizerError } from './errors.js';
import { JsonPart, parseJson } from './json-part.js';
import { limits } from './limits.js';
import type { TokenizerDefaults } from './tokenizer.js';

type Ids = Readonly<Record<string, number>>;

const roles = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const;
export type Role = (typeof roles)[number];

/** A `tokenizer_config.json`: settings of a tokenizer that its vocabulary does not hold. */
export class TokenizerConfig {
  readonly #part: JsonPart;

  /** @param text - of the file; undefined where there is none */
  constructor(text: string | undefined) {
    const file = 'tokenizer_config.json';
    this.#part = new JsonPart(text === undefined ? {} : parseJson(text, file), file);
  }

  /** Its class without "Tokenizer" and "Fast": Bert, GPT2, Roberta. */
  get family(): string | undefined {
    if (!this.#part.has('tokenizer_class')) return undefined;
    return this.#part.text('tokenizer_class').replace(/Tokenizer(Fast)?$/, '');
  }

  flag(name: string): boolean | undefined {
    return this.#part.has(name) ? this.#part.flag(name, false) : undefined;
  }

  /** The token of a role, written as a text or as an object with its content. */
  token(role: Role): string | undefined {
    const name = `${role}_token`;
    if (!this.#part.has(name)) return undefined;
    return typeof this.#part.value(name) === 'string'
      ? this.#part.text(name)
      : this.#part.part(name)?.text('content');
  }

  /** What it says of length and padding. A length of 10^30 stands for none. */
  get defaults(): TokenizerDefaults {
    const most = this.#part.value('model_max_length');
    const padToken = this.token('pad');
    return {
      ...(typeof most === 'number' && Number.isInteger(most) && most > 0 && most <= limits.rowTokens
        ? { maxLength: most }
        : {}),
      ...(padToken === undefined ? {} : { padToken }),
    };
  }

  /**
   * Tokens that texts may name whole: those it lists with their ids, else those of its roles.
   *
   * @param expected - special tokens of the family, where the vocabulary has them
   * @param takesSpace - the one that takes the space before it
   */
  added(vocab: Ids, expected: readonly string[], takesSpace?: string): AddedTokenDefinition[] {
    const listed = this.#part.part('added_tokens_decoder');
    if (listed) return this.#listed(listed);
    const named = [
      ...expected.filter((token) => Object.hasOwn(vocab, token)),
      ...roles.map((role) => this.token(role)),
      ...this.#part.list('additional_special_tokens', limits.addedTokens).map((token, i) => textOf(token, i)),
    ].filter((token) => token !== undefined);
    let next = Object.keys(vocab).length;
    return [...new Set(named)].map((token) =>
      specialToken(
        token,
        Object.hasOwn(vocab, token) ? (vocab[token] as number) : next++,
        token === takesSpace,
      ),
    );
  }

  #listed(listed: JsonPart): AddedTokenDefinition[] {
    const ids = Object.keys(this.#part.value('added_tokens_decoder') as object); // a part of it above
    if (ids.length > limits.addedTokens) {
      const message = `at most ${limits.addedTokens} tokens are read, got ${ids.length}.`;
      throw new TokenizerError('over-limit', listed.path, message);
    }
    return ids.map((id) => {
      const token = listed.part(id) ?? new JsonPart(undefined, `${listed.path}.${id}`);
      const special = token.flag('special', false);
      return {
        id: Number(id),
        content: token.text('content'),
        special,
        single_word: token.flag('single_word', false),
        lstrip: token.flag('lstrip', false),
        rstrip: token.flag('rstrip', false),
        normalized: token.flag('normalized', !special),
      };
    });
  }
}

function textOf(token: unknown, index: number): string {
  if (typeof token === 'string') return token;
  const path = `tokenizer_config.json.additional_special_tokens[${index}]`;
  return new JsonPart(token, path).text('content');
}

/** The error for a tokenizer of another family. */
export function otherFamily(family: string, files: string, known: readonly string[]): TokenizerError {
  return new TokenizerError(
    'unsupported',
    'tokenizer_config.json.tokenizer_class',
    `${shown(family)} is not supported with ${files}. Known: ${known.join(', ')}. Give its tokenizer.json.`,
  );
}
