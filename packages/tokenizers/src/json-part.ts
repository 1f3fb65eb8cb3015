import { shown, TokenizerError } from './errors.js';
import { limits } from './limits.js';

/** An object of a tokenizer's file, read field by field: each is of its kind, or an error says where it is not. */
export class JsonPart {
  readonly path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TokenizerError('invalid-file', path, `there must be an object here, got ${kindOf(value)}.`);
    }
    this.path = path;
    this.#fields = value as Record<string, unknown>; // an object, looked at field by field
  }

  /** The value of a field of its own; undefined where it is missing or null. */
  value(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined;
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  text(name: string, otherwise?: string): string {
    const value = this.value(name) ?? otherwise;
    if (typeof value !== 'string') throw this.#not('a text', name, value);
    return value;
  }

  /** A text short enough to be looked for, or put in, at every character. */
  insertion(name: string): string {
    const text = this.text(name);
    if (text.length <= limits.insertion) return text;
    throw new TokenizerError(
      'over-limit',
      `${this.path}.${name}`,
      `at most ${limits.insertion} characters are read here, got ${text.length}.`,
    );
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.value(name) ?? otherwise;
    if (typeof value !== 'boolean') throw this.#not('true or false', name, value);
    return value;
  }

  /** A whole number from 0 to `most`. */
  count(name: string, most: number, otherwise?: number): number {
    const value = this.value(name) ?? otherwise;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
      throw this.#not('a whole number from 0', name, value);
    }
    if (value > most) {
      throw new TokenizerError(
        'over-limit',
        `${this.path}.${name}`,
        `at most ${most} is read, got ${value}.`,
      );
    }
    return value;
  }

  choice<Name extends string>(name: string, choices: readonly Name[], otherwise?: Name): Name {
    const value = this.text(name, otherwise);
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw this.unsupported(name, choices);
  }

  part(name: string): JsonPart | undefined {
    return this.has(name) ? new JsonPart(this.value(name), `${this.path}.${name}`) : undefined;
  }

  /** @throws TokenizerError `over-limit` for more than `most` of them */
  list(name: string, most: number): readonly unknown[] {
    const value = this.value(name) ?? [];
    if (!Array.isArray(value)) throw this.#not('a list', name, value);
    if (value.length > most) {
      throw new TokenizerError(
        'over-limit',
        `${this.path}.${name}`,
        `at most ${most} entries are read, got ${value.length}.`,
      );
    }
    return value;
  }

  parts(name: string, most: number): JsonPart[] {
    return Array.from(this.list(name, most), (value, i) => new JsonPart(value, `${this.path}.${name}[${i}]`));
  }

  /** The error for a field whose value is of a kind that is not here. */
  unsupported(name: string, known: readonly string[]): TokenizerError {
    const value = this.value(name);
    return new TokenizerError(
      'unsupported',
      `${this.path}.${name}`,
      `${typeof value === 'string' ? shown(value) : kindOf(value)} is not supported. Known: ${known.join(', ')}.`,
    );
  }

  #not(expected: string, name: string, value: unknown): TokenizerError {
    return new TokenizerError(
      'invalid-file',
      `${this.path}.${name}`,
      `there must be ${expected} here, got ${kindOf(value)}.`,
    );
  }
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return shown(value);
  return value === null || typeof value !== 'object' ? String(value) : 'an object';
}

/** @throws TokenizerError unless the text is JSON */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    const error = new TokenizerError(
      'invalid-file',
      file,
      `the file must be JSON, got ${shown(text.slice(0, 40))} (${shown(reason ?? '')}). Was it downloaded whole?`,
    );
    throw Object.assign(error, { cause });
  }
}
