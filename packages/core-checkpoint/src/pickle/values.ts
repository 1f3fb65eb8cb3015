/** What a pickle may speak of: plain data, and a few inert stand-ins. Nothing here can run. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleDict
  | PickleSet
  | PickleGlobal
  | PickleObject
  | PickleValue[];

export type PickleDict = Map<PickleValue, PickleValue>;
export type PickleSet = Set<PickleValue>;

/** A Python tuple. */
export class PickleTuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** A name from the fixed table: a dtype, a storage class, or something that makes data out of data. */
export class PickleGlobal {
  readonly name: string;
  readonly call: ((args: readonly PickleValue[]) => PickleValue) | undefined;
  constructor(name: string, call?: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/**
 * What our own constructors make (a storage, a tensor, a NumPy dtype), and the stand-in for what is
 * skipped. `build` takes the state a pickle wants to give it.
 */
export class PickleObject<Content = unknown> {
  /** settled once its state is there: what a NumPy array holds comes after it */
  kind: string;
  content: Content;
  readonly build: ((state: PickleValue) => void) | undefined;
  constructor(kind: string, content: Content, build?: (state: PickleValue) => void) {
    this.kind = kind;
    this.content = content;
    this.build = build;
  }
}

/** Kind of the stand-in for an object whose class is not in the table. */
export const skippedKind = 'skipped';

/** @returns the content of an object of this kind, or undefined */
export function contentOf<Content>(value: PickleValue | undefined, kind: string): Content | undefined {
  return value instanceof PickleObject && value.kind === kind ? (value.content as Content) : undefined;
}

/** A value in a message: one short clause, whatever it holds. */
export function valueText(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string')
    return `${JSON.stringify(value.slice(0, 40))}${value.length > 40 ? '…' : ''}`;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return String(value).slice(0, 40);
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  if (value instanceof PickleGlobal) return value.name.slice(0, 100);
  if (value instanceof PickleObject) return `a ${value.kind}`;
  if (value instanceof PickleTuple) return `a tuple of ${value.items.length}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value instanceof Map ? `a dict of ${value.size}` : `a set of ${value.size}`;
}
