import type { Budget } from '../budget.js';
import type { PickleValue } from './values.js';

/** The values a pickle is working on, the marks between them, and those it keeps for later. */
export class PickleStack {
  /** memo entries: nearly every writer numbers them from 0 on, and a Map of a million numbers is slow */
  readonly #memo: PickleValue[] = [];
  readonly #farMemo = new Map<number, PickleValue>();
  #stack: PickleValue[] = [];
  readonly #marks: PickleValue[][] = [];
  readonly #budget: Budget;
  readonly #bad: (what: string) => Error;

  /** @param bad - makes the error for what no pickle may do */
  constructor(budget: Budget, bad: (what: string) => Error) {
    this.#budget = budget;
    this.#bad = bad;
  }

  /** The one value that is left when a pickle stops. */
  only(): PickleValue {
    if (this.#marks.length > 0 || this.#stack.length !== 1)
      throw this.#bad('does not stop with exactly one value');
    return this.pop();
  }

  mark(): true {
    this.#budget.objects(4);
    this.#marks.push(this.#stack);
    this.#stack = [];
    return true;
  }

  memoize(): boolean {
    return this.remember(this.#memo.length + this.#farMemo.size);
  }

  /** @param cost - how many plain values the new one weighs */
  push(value: PickleValue, cost = 1): true {
    this.#budget.objects(cost);
    this.#stack.push(value);
    return true;
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined) throw this.#bad('takes from an empty stack');
    return value;
  }

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw this.#bad('takes from an empty stack');
    return value;
  }

  popMany(count: number): PickleValue[] {
    if (this.#stack.length < count) throw this.#bad('takes from an empty stack');
    return this.#stack.splice(this.#stack.length - count, count);
  }

  popToMark(): PickleValue[] {
    const below = this.#marks.pop();
    if (!below) throw this.#bad('closes a mark that was never opened');
    const items = this.#stack;
    this.#stack = below;
    return items;
  }

  remember(index: number): boolean {
    const value = this.top();
    if (index > this.#memo.length) {
      this.#budget.objects(4);
      this.#farMemo.set(index, value);
      return true;
    }
    this.#budget.objects(1);
    this.#memo[index] = value;
    if (this.#farMemo.size > 0) this.#farMemo.delete(index);
    return true;
  }

  recall(index: number): boolean {
    const value = index < this.#memo.length ? this.#memo[index] : this.#farMemo.get(index);
    if (value === undefined) throw this.#bad(`recalls memo ${index}, which was never stored`);
    return this.push(value);
  }
}
