import type { Budget } from '../budget.js';
import type { Refuse } from '../errors.js';
import type { Limits } from '../limits.js';
import { PickleCursor } from './cursor.js';
import { KeyTable } from './keys.js';
import { PickleStack } from './stack.js';
import {
  type PickleDict,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleValue,
  skippedKind,
  valueText,
} from './values.js';

/** What a pickle refers to outside itself: names and stored objects. */
export interface PickleWorld {
  /** @throws CheckpointError for every name that is not in the table */
  global(module: string, name: string): PickleValue;
  /** What a persistent id stands for. */
  persistent(id: PickleValue): PickleValue;
}

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
  parts: { world: PickleWorld; refuse: Refuse; limits: Limits; budget: Budget; what: string },
): { value: PickleValue; end: number } {
  const machine = new PickleMachine(bytes, start, parts);
  return machine.run();
}

type Parts = Parameters<typeof readPickle>[2];

class PickleMachine {
  private readonly cursor: PickleCursor;
  private readonly stack: PickleStack;
  private readonly keys: KeyTable;
  private readonly parts: Parts;

  constructor(bytes: Uint8Array, start: number, parts: Parts) {
    this.parts = parts;
    this.keys = new KeyTable(parts.refuse);
    this.stack = new PickleStack(parts.budget, (what) => this.bad(what));
    this.cursor = new PickleCursor(bytes, start, parts.limits.headerBytes, (what) => this.bad(what));
  }

  run(): { value: PickleValue; end: number } {
    if (this.cursor.byte() !== 0x80) throw this.bad('does not begin as a pickle of protocol 2 to 5');
    this.protocol();
    for (let opcode = this.cursor.byte(); opcode !== 0x2e; opcode = this.cursor.byte()) this.step(opcode);
    return { value: this.stack.only(), end: this.cursor.at };
  }

  private step(opcode: number): void {
    const done = this.stepScalar(opcode) || this.stepContainer(opcode) || this.stepObject(opcode);
    if (done) return;
    throw this.parts.refuse(
      'unsupported-pickle',
      `${this.parts.what} uses opcode 0x${opcode.toString(16).padStart(2, '0')}, which plain data does not need`,
      { offset: this.cursor.at - 1 },
    );
  }

  private stepScalar(opcode: number): boolean {
    switch (opcode) {
      case 0x4e: // NONE
        return this.stack.push(null);
      case 0x88: // NEWTRUE
        return this.stack.push(true);
      case 0x89: // NEWFALSE
        return this.stack.push(false);
      case 0x4a: // BININT
        return this.stack.push(this.cursor.view.getInt32(this.cursor.take(4), true));
      case 0x4b: // BININT1
        return this.stack.push(this.cursor.byte());
      case 0x4d: // BININT2
        return this.stack.push(this.cursor.view.getUint16(this.cursor.take(2), true));
      case 0x8a: // LONG1
        return this.stack.push(this.cursor.long(this.cursor.byte()));
      case 0x8b: // LONG4
        return this.stack.push(this.cursor.long(this.cursor.length(4)));
      case 0x47: // BINFLOAT
        return this.stack.push(this.cursor.view.getFloat64(this.cursor.take(8), false));
      case 0x8c: // SHORT_BINUNICODE
        return this.stack.push(this.cursor.text(this.cursor.byte()));
      case 0x58: // BINUNICODE
        return this.stack.push(this.cursor.text(this.cursor.length(4)));
      case 0x8d: // BINUNICODE8
        return this.stack.push(this.cursor.text(this.cursor.length(8)));
      case 0x55: // SHORT_BINSTRING, Python 2: bytes and text were one
        return this.stack.push(this.cursor.textOrBytes(this.cursor.byte()));
      case 0x54: // BINSTRING
        return this.stack.push(this.cursor.textOrBytes(this.cursor.length(4)));
      case 0x43: // SHORT_BINBYTES
        return this.stack.push(this.cursor.blob(this.cursor.byte()));
      case 0x42: // BINBYTES
        return this.stack.push(this.cursor.blob(this.cursor.length(4)));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.stack.push(this.cursor.blob(this.cursor.length(8)));
      default:
        return false;
    }
  }

  private stepContainer(opcode: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        return this.stack.mark();
      case 0x29: // EMPTY_TUPLE
        return this.stack.push(new PickleTuple([]), 2);
      case 0x85: // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        return this.stack.push(new PickleTuple(this.stack.popMany(opcode - 0x84)), 2);
      case 0x74: // TUPLE
        return this.stack.push(new PickleTuple(this.stack.popToMark()), 2);
      case 0x5d: // EMPTY_LIST
        return this.stack.push([]);
      case 0x6c: // LIST
        return this.stack.push(this.stack.popToMark());
      case 0x61: // APPEND
        return this.append(this.stack.popMany(1));
      case 0x65: // APPENDS
        return this.append(this.stack.popToMark());
      case 0x7d: // EMPTY_DICT
        return this.stack.push(new Map(), 4);
      case 0x64: {
        // DICT
        const items = this.stack.popToMark();
        this.stack.push(new Map(), 4);
        return this.setItems(items);
      }
      case 0x73: // SETITEM
        return this.setItems(this.stack.popMany(2));
      case 0x75: // SETITEMS
        return this.setItems(this.stack.popToMark());
      case 0x8f: // EMPTY_SET
        return this.stack.push(new Set(), 4);
      case 0x90: // ADDITEMS
        return this.addItems(this.stack.popToMark());
      case 0x91: // FROZENSET
        return this.stack.push(new Set(this.stack.popToMark()), 4);
      default:
        return false;
    }
  }

  private stepObject(opcode: number): boolean {
    switch (opcode) {
      case 0x80: // PROTO
        return this.protocol();
      case 0x95: // FRAME: how much to read at once; we hold it all
        this.cursor.take(8);
        return true;
      case 0x30: // POP
        this.stack.pop();
        return true;
      case 0x31: // POP_MARK
        this.stack.popToMark();
        return true;
      case 0x71: // BINPUT
        return this.stack.remember(this.cursor.byte());
      case 0x72: // LONG_BINPUT
        return this.stack.remember(this.cursor.length(4));
      case 0x94: // MEMOIZE
        return this.stack.memoize();
      case 0x68: // BINGET
        return this.stack.recall(this.cursor.byte());
      case 0x6a: // LONG_BINGET
        return this.stack.recall(this.cursor.length(4));
      case 0x63: // GLOBAL
        return this.stack.push(this.parts.world.global(this.cursor.line(), this.cursor.line()));
      case 0x93: // STACK_GLOBAL
        return this.stackGlobal();
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        return this.reduce();
      case 0x62: // BUILD
        return this.build();
      case 0x51: // BINPERSID
        return this.stack.push(this.parts.world.persistent(this.stack.pop()));
      default:
        return false;
    }
  }

  private protocol(): boolean {
    const protocol = this.cursor.byte();
    if (protocol < 2 || protocol > 5) {
      throw this.parts.refuse(
        'unsupported-pickle',
        `${this.parts.what} is a pickle of protocol ${protocol}`,
        {
          offset: this.cursor.at - 1,
          hint: 'Save it again with protocol 2 to 5.',
        },
      );
    }
    return true;
  }

  private stackGlobal(): boolean {
    const [module, name] = this.stack.popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string')
      throw this.bad('names something by a value that is not a string');
    return this.stack.push(this.parts.world.global(module, name));
  }

  private reduce(): boolean {
    const [callable, args] = this.stack.popMany(2);
    if (!(args instanceof PickleTuple)) throw this.bad('calls something with arguments that are not a tuple');
    if (callable instanceof PickleObject && callable.kind === skippedKind) return this.stack.push(callable);
    if (!(callable instanceof PickleGlobal) || !callable.call)
      throw this.bad('calls something that cannot be called');
    return this.stack.push(callable.call(args.items));
  }

  private build(): boolean {
    const state = this.stack.pop();
    const target = this.stack.top();
    // an OrderedDict's attributes (_metadata: module versions) say nothing about its tensors
    if (target instanceof Map && state instanceof Map) return true;
    if (!(target instanceof PickleObject) || !target.build)
      throw this.bad('gives state to something that takes none');
    target.build(state);
    return true;
  }

  private append(items: readonly PickleValue[]): boolean {
    const list = this.stack.top();
    if (Array.isArray(list)) for (const item of items) list.push(item);
    else if (!isSkipped(list)) throw this.bad('appends to something that is not a list');
    return true;
  }

  private addItems(items: readonly PickleValue[]): boolean {
    const set = this.stack.top();
    if (set instanceof Set) for (const item of items) set.add(item);
    else if (!isSkipped(set)) throw this.bad('adds to something that is not a set');
    return true;
  }

  private setItems(items: readonly PickleValue[]): boolean {
    const target = this.stack.top();
    if (items.length % 2 !== 0) throw this.bad('sets a key without a value');
    if (isSkipped(target)) return true;
    if (!(target instanceof Map)) throw this.bad('sets a key of something that is not a dict');
    for (let i = 0; i < items.length; i += 2) this.setItem(target, items[i] ?? null, items[i + 1] ?? null);
    return true;
  }

  private setItem(dict: PickleDict, given: PickleValue, value: PickleValue): void {
    const key = this.keys.canonical(given);
    if (Array.isArray(key) || key instanceof Map) throw this.bad('uses a list or dict as a key');
    if (this.keys.has(dict, key)) {
      throw this.parts.refuse('duplicate-key', `${this.parts.what} sets key ${valueText(key)} twice`, {
        offset: this.cursor.at,
      });
    }
    dict.set(key, value);
  }

  private bad(what: string) {
    return this.parts.refuse('bad-pickle', `${this.parts.what} ${what}`, { offset: this.cursor.at });
  }
}

function isSkipped(value: PickleValue): boolean {
  return value instanceof PickleObject && value.kind === skippedKind;
}
