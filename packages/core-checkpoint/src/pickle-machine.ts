import type { Refuse } from './errors.js';
import type { Limits } from './limits.js';
import {
  type PickleDict,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleValue,
  skippedKind,
} from './pickle-values.js';

/** What a pickle's own words cannot say: names and outside objects. */
export interface PickleWorld {
  /** @throws CheckpointError for every name that is not in the table */
  global(module: string, name: string): PickleValue;
  /** What a persistent id stands for. */
  persistent(id: PickleValue): PickleValue;
}

/** More bytes than there are were asked for: read more, or call it truncated. */
export class PickleCut extends Error {}

/**
 * Runs the data-only part of a pickle: protocols 2 to 5, fixed names, no attribute look-ups, no calls
 * but to our own constructors.
 *
 * @param what - how messages call it, e.g. "data.pkl"
 * @returns the value, and where the byte after STOP is
 * @throws CheckpointError; PickleCut if the bytes end before STOP
 * @see PEP 307, PEP 3154, PEP 574; CPython Lib/pickletools.py
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  parts: { world: PickleWorld; refuse: Refuse; limits: Limits; what: string },
): { value: PickleValue; end: number } {
  const machine = new PickleMachine(bytes, start, parts);
  return machine.run();
}

type Parts = Parameters<typeof readPickle>[2];

class PickleMachine {
  private readonly view: DataView;
  private readonly memo = new Map<number, PickleValue>();
  private stack: PickleValue[] = [];
  private readonly marks: PickleValue[][] = [];
  private readonly bytes: Uint8Array;
  private at: number;
  private readonly parts: Parts;
  private readonly utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(bytes: Uint8Array, start: number, parts: Parts) {
    this.bytes = bytes;
    this.at = start;
    this.parts = parts;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): { value: PickleValue; end: number } {
    if (this.byte() !== 0x80) throw this.bad('does not begin as a pickle of protocol 2 to 5');
    this.protocol();
    for (let opcode = this.byte(); opcode !== 0x2e; opcode = this.byte()) this.step(opcode);
    if (this.marks.length > 0 || this.stack.length !== 1) throw this.bad('stops with an untidy stack');
    return { value: this.pop(), end: this.at };
  }

  private step(opcode: number): void {
    const done = this.stepScalar(opcode) || this.stepContainer(opcode) || this.stepObject(opcode);
    if (done) return;
    throw this.parts.refuse(
      'unsupported-pickle',
      `${this.parts.what} uses opcode 0x${opcode.toString(16).padStart(2, '0')}, which plain data does not need`,
      { offset: this.at - 1 },
    );
  }

  private stepScalar(opcode: number): boolean {
    switch (opcode) {
      case 0x4e: // NONE
        return this.push(null);
      case 0x88: // NEWTRUE
        return this.push(true);
      case 0x89: // NEWFALSE
        return this.push(false);
      case 0x4a: // BININT
        return this.push(this.view.getInt32(this.take(4), true));
      case 0x4b: // BININT1
        return this.push(this.byte());
      case 0x4d: // BININT2
        return this.push(this.view.getUint16(this.take(2), true));
      case 0x8a: // LONG1
        return this.push(this.long(this.byte()));
      case 0x8b: // LONG4
        return this.push(this.long(this.length(4)));
      case 0x47: // BINFLOAT
        return this.push(this.view.getFloat64(this.take(8), false));
      case 0x8c: // SHORT_BINUNICODE
        return this.push(this.text(this.byte()));
      case 0x58: // BINUNICODE
        return this.push(this.text(this.length(4)));
      case 0x8d: // BINUNICODE8
        return this.push(this.text(this.length(8)));
      case 0x55: // SHORT_BINSTRING, Python 2: bytes and text were one
        return this.push(this.text(this.byte()));
      case 0x54: // BINSTRING
        return this.push(this.text(this.length(4)));
      case 0x43: // SHORT_BINBYTES
        return this.push(this.blob(this.byte()));
      case 0x42: // BINBYTES
        return this.push(this.blob(this.length(4)));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.push(this.blob(this.length(8)));
      default:
        return false;
    }
  }

  private stepContainer(opcode: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        this.marks.push(this.stack);
        this.stack = [];
        return true;
      case 0x29: // EMPTY_TUPLE
        return this.push(new PickleTuple([]));
      case 0x85: // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        return this.push(new PickleTuple(this.popMany(opcode - 0x84)));
      case 0x74: // TUPLE
        return this.push(new PickleTuple(this.popToMark()));
      case 0x5d: // EMPTY_LIST
        return this.push([]);
      case 0x6c: // LIST
        return this.push(this.popToMark());
      case 0x61: // APPEND
        return this.append(this.popMany(1));
      case 0x65: // APPENDS
        return this.append(this.popToMark());
      case 0x7d: // EMPTY_DICT
        return this.push(new Map());
      case 0x64: {
        // DICT
        const items = this.popToMark();
        this.push(new Map());
        return this.setItems(items);
      }
      case 0x73: // SETITEM
        return this.setItems(this.popMany(2));
      case 0x75: // SETITEMS
        return this.setItems(this.popToMark());
      case 0x8f: // EMPTY_SET
        return this.push(new Set());
      case 0x90: // ADDITEMS
        return this.addItems(this.popToMark());
      case 0x91: // FROZENSET
        return this.push(new Set(this.popToMark()));
      default:
        return false;
    }
  }

  private stepObject(opcode: number): boolean {
    switch (opcode) {
      case 0x80: // PROTO
        return this.protocol();
      case 0x95: // FRAME: how much to read at once; we hold it all
        this.take(8);
        return true;
      case 0x30: // POP
        this.pop();
        return true;
      case 0x31: // POP_MARK
        this.popToMark();
        return true;
      case 0x71: // BINPUT
        return this.remember(this.byte());
      case 0x72: // LONG_BINPUT
        return this.remember(this.length(4));
      case 0x94: // MEMOIZE
        return this.remember(this.memo.size);
      case 0x68: // BINGET
        return this.recall(this.byte());
      case 0x6a: // LONG_BINGET
        return this.recall(this.length(4));
      case 0x63: // GLOBAL
        return this.push(this.parts.world.global(this.line(), this.line()));
      case 0x93: // STACK_GLOBAL
        return this.stackGlobal();
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        return this.reduce();
      case 0x62: // BUILD
        return this.build();
      case 0x51: // BINPERSID
        return this.push(this.parts.world.persistent(this.pop()));
      default:
        return false;
    }
  }

  private protocol(): boolean {
    const protocol = this.byte();
    if (protocol < 2 || protocol > 5) {
      throw this.parts.refuse(
        'unsupported-pickle',
        `${this.parts.what} is a pickle of protocol ${protocol}`,
        {
          offset: this.at - 1,
          hint: 'Save it again with protocol 2 to 5.',
        },
      );
    }
    return true;
  }

  private stackGlobal(): boolean {
    const [module, name] = this.popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string')
      throw this.bad('names something by what is no name');
    return this.push(this.parts.world.global(module, name));
  }

  private reduce(): boolean {
    const [callable, args] = this.popMany(2);
    if (!(args instanceof PickleTuple)) throw this.bad('calls with what is no tuple');
    if (callable instanceof PickleObject && callable.kind === skippedKind) return this.push(callable);
    if (!(callable instanceof PickleGlobal) || !callable.call) throw this.bad('calls what cannot be called');
    return this.push(callable.call(args.items));
  }

  private build(): boolean {
    const state = this.pop();
    const target = this.top();
    // an OrderedDict's attributes (_metadata: module versions) say nothing about its tensors
    if (target instanceof Map && state instanceof Map) return true;
    if (!(target instanceof PickleObject) || !target.build) throw this.bad('gives state to what has none');
    target.build(state);
    return true;
  }

  private append(items: readonly PickleValue[]): boolean {
    const list = this.top();
    if (Array.isArray(list)) for (const item of items) list.push(item);
    else if (!isSkipped(list)) throw this.bad('appends to what is no list');
    return true;
  }

  private addItems(items: readonly PickleValue[]): boolean {
    const set = this.top();
    if (set instanceof Set) for (const item of items) set.add(item);
    else if (!isSkipped(set)) throw this.bad('adds to what is no set');
    return true;
  }

  private setItems(items: readonly PickleValue[]): boolean {
    const target = this.top();
    if (items.length % 2 !== 0) throw this.bad('sets a key without a value');
    if (isSkipped(target)) return true;
    if (!(target instanceof Map)) throw this.bad('sets a key of what is no dict');
    for (let i = 0; i < items.length; i += 2) this.setItem(target, items[i] ?? null, items[i + 1] ?? null);
    return true;
  }

  private setItem(dict: PickleDict, key: PickleValue, value: PickleValue): void {
    if (Array.isArray(key) || key instanceof Map) throw this.bad('uses a list or dict as a key');
    if (dict.has(key)) {
      throw this.parts.refuse('duplicate-key', `${this.parts.what} sets key ${String(key)} twice`, {
        offset: this.at,
      });
    }
    dict.set(key, value);
  }

  private push(value: PickleValue): true {
    this.stack.push(value);
    return true;
  }

  private pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined) throw this.bad('takes from an empty stack');
    return value;
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined) throw this.bad('takes from an empty stack');
    return value;
  }

  private popMany(count: number): PickleValue[] {
    if (this.stack.length < count) throw this.bad('takes from an empty stack');
    return this.stack.splice(this.stack.length - count, count);
  }

  private popToMark(): PickleValue[] {
    const below = this.marks.pop();
    if (!below) throw this.bad('closes what it never opened');
    const items = this.stack;
    this.stack = below;
    return items;
  }

  private remember(index: number): boolean {
    this.memo.set(index, this.top());
    return true;
  }

  private recall(index: number): boolean {
    const value = this.memo.get(index);
    if (value === undefined) throw this.bad(`recalls memo ${index}, which was never stored`);
    return this.push(value);
  }

  /** Claims the next bytes. @returns where they begin */
  private take(length: number): number {
    const from = this.at;
    if (!(from + length <= this.bytes.byteLength)) throw new PickleCut(`cut at byte ${from}`);
    this.at = from + length;
    return from;
  }

  private byte(): number {
    return this.view.getUint8(this.take(1));
  }

  private length(width: 4 | 8): number {
    const at = this.take(width);
    const length = width === 4 ? this.view.getUint32(at, true) : Number(this.view.getBigUint64(at, true));
    if (length > this.parts.limits.headerBytes) throw this.bad(`speaks of ${length} bytes`);
    return length;
  }

  private blob(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.slice(at, at + length);
  }

  private text(length: number): string {
    const at = this.take(length);
    return this.decode(at, at + length);
  }

  private line(): string {
    const from = this.at;
    const end = this.bytes.indexOf(10, from);
    if (end < 0) throw new PickleCut(`cut at byte ${from}`);
    this.at = end + 1;
    return this.decode(from, end);
  }

  private decode(from: number, to: number): string {
    try {
      return this.utf8.decode(this.bytes.subarray(from, to));
    } catch {
      throw this.bad('holds text that is not UTF-8');
    }
  }

  /** Two's complement, little-endian, of any length. */
  private long(length: number): number | bigint {
    if (length > 1024) throw this.bad(`holds an integer of ${length} bytes`);
    const from = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.view.getUint8(from + i));
    const signed = BigInt.asIntN(length * 8, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  private bad(what: string) {
    return this.parts.refuse('bad-pickle', `${this.parts.what} ${what}`, { offset: this.at });
  }
}

function isSkipped(value: PickleValue): boolean {
  return value instanceof PickleObject && value.kind === skippedKind;
}
