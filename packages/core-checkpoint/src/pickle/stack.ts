import type { PickleValue } from './values.js';

/** The values a pickle is working on, the marks between them, and those it keeps for later. */
export class PickleStack {
  private readonly memo = new Map<number, PickleValue>();
  private stack: PickleValue[] = [];
  private readonly marks: PickleValue[][] = [];
  private readonly bad: (what: string) => Error;

  /** @param bad - makes the error for what no pickle may do */
  constructor(bad: (what: string) => Error) {
    this.bad = bad;
  }

  /** The one value that is left when a pickle stops. */
  only(): PickleValue {
    if (this.marks.length > 0 || this.stack.length !== 1) throw this.bad('stops with an untidy stack');
    return this.pop();
  }

  mark(): true {
    this.marks.push(this.stack);
    this.stack = [];
    return true;
  }

  memoize(): boolean {
    return this.remember(this.memo.size);
  }

  push(value: PickleValue): true {
    this.stack.push(value);
    return true;
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined) throw this.bad('takes from an empty stack');
    return value;
  }

  top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined) throw this.bad('takes from an empty stack');
    return value;
  }

  popMany(count: number): PickleValue[] {
    if (this.stack.length < count) throw this.bad('takes from an empty stack');
    return this.stack.splice(this.stack.length - count, count);
  }

  popToMark(): PickleValue[] {
    const below = this.marks.pop();
    if (!below) throw this.bad('closes what it never opened');
    const items = this.stack;
    this.stack = below;
    return items;
  }

  remember(index: number): boolean {
    this.memo.set(index, this.top());
    return true;
  }

  recall(index: number): boolean {
    const value = this.memo.get(index);
    if (value === undefined) throw this.bad(`recalls memo ${index}, which was never stored`);
    return this.push(value);
  }
}
