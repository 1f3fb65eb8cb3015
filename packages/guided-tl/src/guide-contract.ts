import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer, StateDict } from '@warmstart/shapes';

/** Makes the optimizer under test, anew for every case. */
export type MakeOptimizer = (parts: {
  variables: Map<string, tf.Variable>;
  /** Absent: the bare optimizer, to compare with. */
  guides?: StateDict;
}) => Optimizer;

/** One thing that guided updates promise. */
export interface ContractCase {
  name: string;
  /** @throws Error saying what does not hold */
  run(): Promise<void>;
}

const size = 6;
const steps = 5;

/**
 * What every optimizer with guides must hold to, whether it is wrapped or has its guides in a fused kernel;
 * run each case in a test of its own, on the backend that is set.
 */
export function guideContract(make: MakeOptimizer): ContractCase[] {
  return [
    { name: 'a guide of 1 is bit-equal to the bare optimizer', run: () => checkOnes(make) },
    { name: 'a guide of 0 is frozen to the bit', run: () => checkZeros(make) },
    { name: 'a weight beside a frozen one moves as if it were alone', run: () => checkMixed(make) },
    { name: 'the first update is proportional to the guide', run: () => checkTravel(make) },
    { name: 'a run continued from its state ends at the same bits', run: () => checkResume(make) },
    { name: 'steps and disposal leave no tensor behind', run: () => checkLeaks(make) },
  ];
}

async function checkOnes(make: MakeOptimizer): Promise<void> {
  const bare = await train(make);
  expectSame(
    await train(
      make,
      guidesOf(() => 1),
    ),
    bare,
    () => true,
    'the bare optimizer with guides of 1',
  );
  // a tensor that is not 1 throughout takes the other way through the code
  const mixed = await train(
    make,
    guidesOf((i) => (i % 2 === 0 ? 1 : 0.5)),
  );
  expectSame(mixed, bare, (i) => i % 2 === 0, 'the bare optimizer where the guide is 1');
}

async function checkZeros(make: MakeOptimizer): Promise<void> {
  const start = Float32Array.from({ length: size }, (_, i) => startAt(i));
  const frozen = await train(
    make,
    guidesOf((i) => (i === size - 1 ? 1 : 0)),
  );
  expectSame(frozen, start, (i) => i < size - 1, 'the start where the guide is 0');
  if (frozen[size - 1] === start[size - 1])
    throw new Error('a weight with a guide of 1 must move, got none moved.');
}

async function checkMixed(make: MakeOptimizer): Promise<void> {
  const bare = await train(make);
  const mixed = await train(
    make,
    guidesOf((i) => (i < 3 ? 0 : 1)),
  );
  expectSame(mixed, bare, (i) => i >= 3, 'the bare optimizer where the guide is 1');
}

async function checkTravel(make: MakeOptimizer): Promise<void> {
  const guide = (i: number): number => [1, 0.5, 0.25, 0.1, 0.01, 2][i] ?? 1;
  const bare = await train(make, undefined, 1);
  const guided = await train(make, guidesOf(guide), 1);
  for (let i = 0; i < size; i++) {
    const full = (bare[i] ?? 0) - startAt(i);
    const expected = startAt(i) + guide(i) * full;
    const error = Math.abs((guided[i] ?? 0) - expected);
    // float32 rounds positions near 1 to 6e-8, twice
    if (error > 2.4e-7) {
      throw new Error(`weight ${i} must end at ${expected} with guide ${guide(i)}, got ${guided[i]}.`);
    }
  }
}

async function checkResume(make: MakeOptimizer): Promise<void> {
  const guides = guidesOf((i) => i / size);
  const whole = await train(make, guides, 2 * steps);
  const variables = variablesOf();
  const first = make({ variables, guides });
  for (let step = 0; step < steps; step++) stepOnce(first, step);
  const state = await first.stateDict();
  first.dispose();
  const second = make({ variables, guides });
  second.loadStateDict(state);
  for (let step = steps; step < 2 * steps; step++) stepOnce(second, step);
  expectSame(await read(variables), whole, () => true, 'the uninterrupted run');
  second.dispose();
  disposeAll(variables);
}

async function checkLeaks(make: MakeOptimizer): Promise<void> {
  const before = tf.memory().numTensors;
  await train(
    make,
    guidesOf((i) => i / size),
  );
  const after = tf.memory().numTensors;
  if (after !== before) throw new Error(`no tensor must be left, got ${after - before} more than before.`);
  const variables = variablesOf();
  const optimizer = make({ variables, guides: guidesOf((i) => i / size) });
  stepOnce(optimizer, 0);
  const settled = tf.memory().numTensors;
  for (let step = 1; step < 4; step++) stepOnce(optimizer, step);
  const grown = tf.memory().numTensors - settled;
  optimizer.dispose();
  disposeAll(variables);
  if (grown !== 0) throw new Error(`three updates must leave no tensor, got ${grown} more.`);
}

/** Weights after some updates along gradients that are the same every time this is called. */
async function train(make: MakeOptimizer, guides?: StateDict, count = steps): Promise<Float32Array> {
  const variables = variablesOf();
  const optimizer = make(guides ? { variables, guides } : { variables });
  for (let step = 0; step < count; step++) stepOnce(optimizer, step);
  const values = await read(variables);
  optimizer.dispose();
  disposeAll(variables);
  return values;
}

function stepOnce(optimizer: Optimizer, step: number): void {
  const gradient = tf.tensor1d(Array.from({ length: size }, (_, i) => Math.sin(3 * i + step + 1) * 0.3));
  optimizer.step(new Map([['weight', gradient]]));
  gradient.dispose();
}

function startAt(i: number): number {
  return Math.fround(0.9 - 0.31 * i);
}

function variablesOf(): Map<string, tf.Variable> {
  const start = tf.tensor1d(Array.from({ length: size }, (_, i) => startAt(i)));
  const variable = tf.variable(start);
  start.dispose();
  return new Map([['weight', variable]]);
}

function guidesOf(guide: (i: number) => number): StateDict {
  return new Map([
    [
      'weight',
      { dtype: 'float32', shape: [size], data: Float32Array.from({ length: size }, (_, i) => guide(i)) },
    ],
  ]);
}

async function read(variables: Map<string, tf.Variable>): Promise<Float32Array> {
  const values = await variables.get('weight')?.data<'float32'>();
  return Float32Array.from(values ?? []);
}

function disposeAll(variables: Map<string, tf.Variable>): void {
  for (const variable of variables.values()) variable.dispose();
}

function expectSame(
  found: Float32Array,
  expected: Float32Array,
  isCompared: (i: number) => boolean,
  what: string,
): void {
  for (let i = 0; i < size; i++) {
    if (!isCompared(i) || Object.is(found[i], expected[i])) continue;
    throw new Error(`weight ${i} must equal ${what}, ${expected[i]}, got ${found[i]}.`);
  }
}
