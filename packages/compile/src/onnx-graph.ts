import { Message } from './protobuf.js';

/** Operator set of every graph written here. */
export const OPSET = 18;
/** Format version that goes with the operator set. */
const IR_VERSION = 8;

const elementTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof elementTypes;

/** Number of an element type, as `Cast` wants it. */
export function elementTypeNumber(type: ElementType): number {
  return elementTypes[type];
}

/** An attribute: whole numbers, a list of them, text, or `{ float }`. */
export type AttributeValue = number | readonly number[] | string | { float: number };

/** An ONNX graph under construction; values go by name. */
export class OnnxGraph {
  readonly #nodes: Message[] = [];
  readonly #initializers: Message[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  readonly #small = new Map<string, string>();
  readonly #made = new Map<string, string[]>();
  #count = 0;

  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** Adds a node with one output. @returns the output's name; an empty input name leaves an optional one out */
  node(type: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    return this.nodes(type, inputs, 1, attributes)[0] as string;
  }

  /** Adds a node with several outputs, or gives those of one that computes the same. */
  nodes(
    type: string,
    inputs: readonly string[],
    outputCount: number,
    attributes: Record<string, AttributeValue> = {},
  ): string[] {
    const key = JSON.stringify([type, inputs, outputCount, attributes]);
    const found = this.#made.get(key);
    if (found) return found;
    const outputs = Array.from({ length: outputCount }, () => `v${this.#count++}`);
    this.#add(type, inputs, outputs, attributes);
    this.#made.set(key, outputs);
    return outputs;
  }

  /** A fixed tensor; small ones with the same values are kept once. */
  constant(type: ElementType, shape: readonly number[], values: ArrayLike<number>): string {
    const key = values.length <= 16 ? `${type} ${shape} ${Array.from(values, keyText)}` : undefined;
    const found = key === undefined ? undefined : this.#small.get(key);
    if (found) return found;
    const name = `c${this.#count++}`;
    if (key !== undefined) this.#small.set(key, name);
    const message = new Message();
    for (const size of shape) message.integer(1, size);
    message.integer(2, elementTypes[type]).bytes(8, name).bytes(9, encode(type, values));
    this.#initializers.push(message);
    return name;
  }

  scalar(value: number, type: ElementType = 'float32'): string {
    return this.constant(type, [], [value]);
  }

  /** A list of int64, as shapes and axes are given. */
  list(values: readonly number[]): string {
    return this.constant('int64', [values.length], values);
  }

  /** @param shape - a text names an axis whose length is left open */
  input(name: string, type: ElementType, shape: readonly (number | string)[]): void {
    this.#inputs.push(valueInfo(name, type, shape));
  }

  output(name: string, value: string, type: ElementType, shape: readonly (number | string)[]): void {
    this.#add('Identity', [value], [name], {});
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /** The model file. */
  encode(): Uint8Array {
    const graph = new Message();
    for (const node of this.#nodes) graph.bytes(1, node);
    graph.bytes(2, 'warmstart');
    for (const initializer of this.#initializers) graph.bytes(5, initializer);
    for (const input of this.#inputs) graph.bytes(11, input);
    for (const output of this.#outputs) graph.bytes(12, output);
    return new Message()
      .integer(1, IR_VERSION)
      .bytes(2, 'warmstart')
      .bytes(7, graph)
      .bytes(8, new Message().bytes(1, '').integer(2, OPSET))
      .finish()
      .slice();
  }

  #add(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, AttributeValue>,
  ): void {
    const node = new Message();
    for (const input of inputs) node.bytes(1, input);
    for (const output of outputs) node.bytes(2, output);
    node.bytes(3, `${type}_${this.#nodes.length}`).bytes(4, type);
    for (const [name, value] of Object.entries(attributes)) node.bytes(5, attribute(name, value));
    this.#nodes.push(node);
  }
}

/** −0 and NaN must not be taken for 0 and each other. */
function keyText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function attribute(name: string, value: AttributeValue): Message {
  const message = new Message().bytes(1, name);
  if (typeof value === 'string') return message.bytes(4, value).integer(20, 3);
  if (typeof value === 'number') return message.integer(3, value).integer(20, 2);
  if ('float' in value) return message.float(2, value.float).integer(20, 1);
  for (const one of value) message.integer(8, one);
  return message.integer(20, 7);
}

function valueInfo(name: string, type: ElementType, shape: readonly (number | string)[]): Message {
  const axes = new Message();
  for (const size of shape) {
    axes.bytes(1, typeof size === 'string' ? new Message().bytes(2, size) : new Message().integer(1, size));
  }
  const tensor = new Message().integer(1, elementTypes[type]).bytes(2, axes);
  return new Message().bytes(1, name).bytes(2, new Message().bytes(1, tensor));
}

function encode(type: ElementType, values: ArrayLike<number>): ArrayBufferView {
  if (type === 'float32') return Float32Array.from(values);
  if (type === 'int32') return Int32Array.from(values);
  if (type === 'int64') return BigInt64Array.from(Array.from(values, BigInt));
  return Uint8Array.from(values);
}
