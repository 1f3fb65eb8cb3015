import { DatasetError } from '../errors.js';

/** What such a pickle can hold; NumPy's uint8 arrays come as their bytes. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Named
  | Raw;

/** A name from the file, never looked up. */
class Named {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** An array being rebuilt. */
class Raw {
  bytes: Uint8Array | undefined;
}

const mark = Symbol('mark');

type Slot = PickleValue | typeof mark;

/**
 * Reads a pickle of dictionaries, lists, numbers, strings and uint8 arrays, as data: nothing in it is run.
 * The only names understood are those NumPy writes around an array's bytes; any other is an error.
 *
 * @throws DatasetError `malformed` or `truncated`, with the byte
 * @see Python's pickletools.py, protocols 1 to 5
 */
export function readArrayPickle(bytes: Uint8Array, file: string): PickleValue {
  return new PickleReader(bytes, file).read();
}

class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  readonly #stack: Slot[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  read(): PickleValue {
    for (;;) {
      const code = String.fromCharCode(this.#take(1)[0] as number);
      if (code === '.') return this.#pop();
      if (
        !this.#number(code) &&
        !this.#text(code) &&
        !this.#memory(code) &&
        !this.#collect(code) &&
        !this.#rebuild(code)
      ) {
        throw this.#fail(
          'malformed',
          `has the instruction ${JSON.stringify(code)}, which no array file needs`,
        );
      }
    }
  }

  #number(code: string): boolean {
    const push = (value: PickleValue) => this.#stack.push(value) > 0;
    switch (code) {
      case '\x80':
        return this.#take(1).length === 1; // the protocol's number
      case '\x95':
        return this.#take(8).length === 8; // a frame's length
      case 'K':
        return push(this.#take(1)[0] as number);
      case 'M':
        return push(this.#unsigned(2));
      case 'J':
        return push(this.#unsigned(4) | 0);
      case '\x8a':
        return push(this.#take(this.#unsigned(1)).reduceRight((sum, byte) => sum * 256 + byte, 0));
      case 'G':
        this.#take(8);
        return push(this.#view.getFloat64(this.#at - 8));
      case 'N':
        return push(null);
      case '\x88':
        return push(true);
      case '\x89':
        return push(false);
      case 'I':
        return push(Number(this.#line()));
      default:
        return false;
    }
  }

  #text(code: string): boolean {
    const latin1 = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    const utf8 = (count: number) => this.#stack.push(new TextDecoder().decode(this.#take(count))) > 0;
    const bytes = (count: number) => this.#stack.push(this.#take(count)) > 0;
    // Python 2's strings are bytes, but short ones are the names of things
    const either = (count: number) =>
      count > 64 ? bytes(count) : this.#stack.push(latin1(this.#take(count))) > 0;
    switch (code) {
      case 'U':
      case 'C':
        return either(this.#unsigned(1));
      case 'T':
      case 'B':
        return either(this.#unsigned(4));
      case '\x8e':
        return bytes(this.#unsigned(4) + this.#unsigned(4) * 2 ** 32);
      case '\x96':
        return bytes(this.#unsigned(4) + this.#unsigned(4) * 2 ** 32);
      case '\x8c':
        return utf8(this.#unsigned(1));
      case 'X':
        return utf8(this.#unsigned(4));
      default:
        return false;
    }
  }

  #memory(code: string): boolean {
    const keep = (key: number) => this.#memo.set(key, this.#top()).size > 0;
    const recall = (key: number) => {
      const value = this.#memo.get(key);
      if (value === undefined) throw this.#fail('malformed', `recalls value ${key}, which it never kept`);
      return this.#stack.push(value) > 0;
    };
    switch (code) {
      case 'q':
        return keep(this.#unsigned(1));
      case 'r':
        return keep(this.#unsigned(4));
      case '\x94':
        return keep(this.#memo.size);
      case 'h':
        return recall(this.#unsigned(1));
      case 'j':
        return recall(this.#unsigned(4));
      default:
        return false;
    }
  }

  #collect(code: string): boolean {
    switch (code) {
      case '(':
        return this.#stack.push(mark) > 0;
      case '}':
        return this.#stack.push(new Map()) > 0;
      case ']':
      case ')':
        return this.#stack.push([]) > 0;
      case 't':
      case 'l':
        return this.#stack.push(this.#popToMark()) > 0;
      case '\x85':
      case '\x86':
      case '\x87': {
        const count = code.charCodeAt(0) - 0x84;
        return this.#stack.push(Array.from({ length: count }, () => this.#pop()).reverse()) > 0;
      }
      case 'e':
        return this.#append(this.#popToMark());
      case 'a':
        return this.#append([this.#pop()]);
      case 'u':
        return this.#setItems(this.#popToMark());
      case 's': {
        const value = this.#pop();
        return this.#setItems([this.#pop(), value]);
      }
      default:
        return false;
    }
  }

  #append(items: PickleValue[]): boolean {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#fail('malformed', 'appends to what is no list');
    for (const item of items) list.push(item);
    return true;
  }

  #setItems(items: PickleValue[]): boolean {
    const dictionary = this.#top();
    if (!(dictionary instanceof Map)) throw this.#fail('malformed', 'sets keys of what is no dictionary');
    for (let i = 0; i + 1 < items.length; i += 2) dictionary.set(items[i] ?? null, items[i + 1] ?? null);
    return true;
  }

  #rebuild(code: string): boolean {
    if (code === 'c' || code === '\x93') {
      const name = code === 'c' ? `${this.#line()} ${this.#line()}` : this.#stackName();
      return this.#stack.push(new Named(name)) > 0;
    }
    if (code === 'R') {
      const [values, maker] = [this.#pop(), this.#pop()];
      return this.#stack.push(this.#make(maker, Array.isArray(values) ? values : [])) > 0;
    }
    if (code !== 'b') return false;
    const [state, target] = [this.#pop(), this.#top()];
    // an array's state is (version, shape, dtype, fortran order, bytes)
    if (target instanceof Raw && Array.isArray(state)) target.bytes = asBytes(state[4]);
    if (target instanceof Raw && target.bytes !== undefined) this.#replaceTop(target, target.bytes);
    return true;
  }

  #stackName(): string {
    const name = this.#pop();
    return `${this.#pop()} ${name}`;
  }

  #make(maker: PickleValue, values: PickleValue[]): PickleValue {
    const name = maker instanceof Named ? maker.name : '';
    if (/^numpy\.(_?core)\.multiarray _reconstruct$/.test(name)) return new Raw();
    if (/^numpy\.(_?core)\.numeric _frombuffer$/.test(name)) return asBytes(values[0]) ?? null;
    if (name === 'numpy dtype') {
      if (values[0] !== 'u1')
        throw this.#fail('malformed', `holds an array of ${String(values[0])}, not of bytes`);
      return new Named('u1');
    }
    if (name === '_codecs encode' && typeof values[0] === 'string') {
      return Uint8Array.from(values[0], (character) => character.charCodeAt(0));
    }
    throw this.#fail('malformed', `asks for ${JSON.stringify(name)}, which is not done`);
  }

  /** Memo entries made before the array was complete must mean the array too. */
  #replaceTop(raw: Raw, bytes: Uint8Array): void {
    this.#stack[this.#stack.length - 1] = bytes;
    for (const [key, value] of this.#memo) if (value === raw) this.#memo.set(key, bytes);
  }

  #take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw this.#fail('truncated', 'ends too early');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  #unsigned(count: number): number {
    return this.#take(count).reduceRight((sum, byte) => sum * 256 + byte, 0);
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw this.#fail('truncated', 'ends too early');
    return new TextDecoder().decode(this.#take(end + 1 - this.#at).subarray(0, -1));
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || value === mark) throw this.#fail('malformed', 'takes from an empty stack');
    return value as PickleValue; // neither of the two things it could be besides
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popToMark(): PickleValue[] {
    const at = this.#stack.lastIndexOf(mark);
    if (at < 0) throw this.#fail('malformed', 'closes what it never opened');
    const items = this.#stack.splice(at);
    return items.slice(1) as PickleValue[]; // past the last mark there is none
  }

  #fail(code: 'malformed' | 'truncated', what: string): DatasetError {
    return new DatasetError(code, `readArrayPickle: the file ${what}.`, { file: this.#file, byte: this.#at });
  }
}

function asBytes(value: PickleValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return typeof value === 'string'
    ? Uint8Array.from(value, (character) => character.charCodeAt(0))
    : undefined;
}
