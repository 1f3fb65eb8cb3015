import type { Refuse } from './errors.js';

/** JSON as it stands in a file: objects keep their order, no key twice, integers exact. */
export type StrictJson = null | boolean | number | string | StrictJson[] | Map<string, StrictJson>;

/**
 * Parses JSON, refusing what `JSON.parse` lets pass: a key given twice, lone surrogates, bytes that
 * are not UTF-8, numbers that a double cannot hold exactly, nesting without end.
 *
 * @param what - how messages call it, e.g. "its header"
 * @see RFC 8259
 */
export function parseStrictJson(bytes: Uint8Array, what: string, refuse: Refuse): StrictJson {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refuse('bad-header', `${what} is not UTF-8`, { cause });
  }
  return new Parser(text, what, refuse).document();
}

const maxDepth = 32;

class Parser {
  private at = 0;
  private readonly text: string;
  private readonly what: string;
  private readonly refuse: Refuse;
  private readonly number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;

  constructor(text: string, what: string, refuse: Refuse) {
    this.text = text;
    this.what = what;
    this.refuse = refuse;
  }

  document(): StrictJson {
    const value = this.value(0);
    this.skipSpace();
    if (this.at !== this.text.length) throw this.bad('goes on after its end');
    return value;
  }

  private value(depth: number): StrictJson {
    if (depth > maxDepth) throw this.bad(`nests more than ${maxDepth} deep`);
    this.skipSpace();
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.stringValue();
      case 't':
        return this.literal('true', true);
      case 'f':
        return this.literal('false', false);
      case 'n':
        return this.literal('null', null);
      default:
        return this.numberValue();
    }
  }

  private object(depth: number): Map<string, StrictJson> {
    const object = new Map<string, StrictJson>();
    this.at += 1;
    if (this.eat('}')) return object;
    do {
      this.skipSpace();
      if (this.text[this.at] !== '"') throw this.bad('has a key that is no string');
      const key = this.stringValue();
      if (object.has(key)) {
        throw this.refuse('duplicate-key', `${this.what} has key ${JSON.stringify(key)} twice`, { key });
      }
      if (!this.eat(':')) throw this.bad('lacks a colon');
      object.set(key, this.value(depth + 1));
    } while (this.eat(','));
    if (!this.eat('}')) throw this.bad('has an object without end');
    return object;
  }

  private array(depth: number): StrictJson[] {
    const items: StrictJson[] = [];
    this.at += 1;
    if (this.eat(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.eat(','));
    if (!this.eat(']')) throw this.bad('has an array without end');
    return items;
  }

  private stringValue(): string {
    let end = this.text.indexOf('"', this.at + 1);
    while (end >= 0 && this.isEscaped(end)) end = this.text.indexOf('"', end + 1);
    if (end < 0) throw this.bad('has a string without end');
    let value: string;
    try {
      value = JSON.parse(this.text.slice(this.at, end + 1)) as string; // it begins and ends with a quote
    } catch {
      throw this.bad('has a malformed string');
    }
    // the bytes are UTF-8: half a surrogate pair can only have come by an escape
    if (value.length < end - this.at - 1 && /\p{Surrogate}/u.test(value))
      throw this.bad('has a lone surrogate');
    this.at = end + 1;
    return value;
  }

  private isEscaped(quote: number): boolean {
    let slashes = 0;
    while (this.text[quote - 1 - slashes] === '\\') slashes += 1;
    return slashes % 2 === 1;
  }

  private numberValue(): number {
    this.number.lastIndex = this.at;
    const text = this.number.exec(this.text)?.[0];
    if (text === undefined) throw this.bad('is not JSON');
    this.at += text.length;
    const value = Number(text);
    const whole = /^-?\d+$/.test(text);
    if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) {
      throw this.bad(`has a number out of range, ${text.slice(0, 40)}`);
    }
    return value;
  }

  private literal<Value>(text: string, value: Value): Value {
    if (!this.text.startsWith(text, this.at)) throw this.bad('is not JSON');
    this.at += text.length;
    return value;
  }

  private eat(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }

  private bad(what: string) {
    return this.refuse('bad-header', `${this.what} ${what}`, { offset: this.at });
  }
}
