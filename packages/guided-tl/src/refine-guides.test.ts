import type { StateDict } from '@warmstart/shapes';
import { describe, expect, it } from 'vitest';
import { testRandom } from '../fixtures/random.js';
import type { Guides } from './guides.js';
import { guidesReport } from './guides-report.js';
import { type RefineEvent, type RefineOptions, refineGuides } from './refine-guides.js';
import type { ScoutJob, ScoutOutcome } from './scout-job.js';
import { memoryStore } from './scout-store.js';

const features = 8;
/** y = w · x + noise, where tasks differ in the first two weights only. */
interface Task {
  weights: number[];
}
const tasks: Task[] = Array.from({ length: 12 }, (_, i) => ({
  weights: [Math.sin(i * 2.4), Math.cos(i * 1.7)],
}));

const state = (values: ArrayLike<number>): StateDict =>
  new Map([['w', { dtype: 'float32', shape: [features], data: Float32Array.from(values) }]]);
const made = (values: number[] = new Array<number>(features).fill(1)): Guides => {
  const guides = state(values);
  const origin = { formula: 'variance', normalise: 'global', scale: 'mean', temperature: 'room' };
  const choices = { shrink: 0, keep: 1, recentre: true, unmoved: [], scouts: 4, rejected: 0, seed: 1 };
  return {
    guides,
    base: state(new Array<number>(features).fill(0)),
    report: guidesReport(guides, { ...origin, ...choices, baseDigest: 'of a test' }),
  };
};

function draw({ weights }: Task, count: number, random: () => number) {
  return Array.from({ length: count }, () => {
    const x = Array.from({ length: features }, () => 2 * random() - 1);
    const y = (weights[0] ?? 0) * (x[0] ?? 0) + (weights[1] ?? 0) * (x[1] ?? 0) + 0.6 * (random() - 0.5);
    return { x, y };
  });
}

function gradient(w: Float32Array, examples: ReturnType<typeof draw>): Float32Array {
  const sum = new Float32Array(features);
  for (const { x, y } of examples) {
    const error = x.reduce((total, value, i) => total + value * (w[i] ?? 0), -y);
    for (let i = 0; i < features; i++) sum[i] = (sum[i] ?? 0) + (error * (x[i] ?? 0)) / examples.length;
  }
  return sum;
}

/** Four examples, fifteen guided steps; other examples of the same task as judges. */
async function rehearse({ base, guides, subproblem, seed }: ScoutJob<Task>): Promise<ScoutOutcome> {
  const random = testRandom(seed);
  const w = base.get('w')?.data as Float32Array;
  const g = (guides?.get('w')?.data ?? new Float32Array(features).fill(1)) as Float32Array;
  const few = draw(subproblem, 4, random);
  for (let step = 0; step < 15; step++) {
    const direction = gradient(w, few);
    for (let i = 0; i < features; i++) w[i] = (w[i] ?? 0) - 0.3 * (g[i] ?? 0) * (direction[i] ?? 0);
  }
  return { weights: state(w), heldOut: state(gradient(w, draw(subproblem, 30, random))) };
}

/** Mean squared error on new examples of new tasks after learning them with some guides. */
async function errorWith(guides: StateDict): Promise<number> {
  let sum = 0;
  for (let i = 0; i < 100; i++) {
    const subproblem = { weights: [Math.sin(i * 3.1 + 1), Math.cos(i * 0.9 + 2)] };
    const job = {
      base: state(new Array<number>(features).fill(0)),
      guides,
      subproblem,
      seed: 1000 + i,
      index: i,
    };
    const { weights } = await rehearse(job);
    const w = weights.get('w')?.data as Float32Array;
    for (const { x, y } of draw(subproblem, 40, testRandom(9000 + i)))
      sum += x.reduce((total, value, k) => total + value * (w[k] ?? 0), -y) ** 2 / 4000;
  }
  return sum;
}

const refine = (options: Partial<RefineOptions<Task>> = {}, start = made()) =>
  refineGuides(start, { subproblems: tasks, train: rehearse, seed: 5, rounds: 40, ...options });
const values = ({ guides }: Guides) => [...((guides.get('w')?.data ?? []) as Float32Array)];

describe('refineGuides', () => {
  it('frees the weights that generalise, holds those that only fit noise, and halves the excess error', async () => {
    const refined = await refine();
    const [first = 0, second = 0, ...rest] = values(refined);
    expect(Math.min(first, second)).toBeGreaterThan(5 * Math.max(...rest));
    // noise of the targets: 0.6² / 12 = 0.03
    const [before, after] = [await errorWith(made().guides), await errorWith(refined.guides)];
    expect(after - 0.03).toBeLessThan(0.5 * (before - 0.03));
    expect(refined.report.refined).toEqual({ rounds: 40, rehearsals: 10, rate: 0.5, seed: 5 });
    expect(refined.report.effectiveParameters).toBeLessThan(3);
  });

  it('follows the formula in one round', async () => {
    const heldOut = [[-1], [3]].map(([q = 0]) => state([q, 0, 0, 0, 0, 0, 0, 0]));
    const refined = await refine({
      rounds: 1,
      rehearsals: 2,
      rate: 0.4,
      train: async ({ index }) => ({
        weights: state([2, 1, 0, 0, 0, 0, 0, 0]),
        heldOut: heldOut[index] ?? state([]),
      }),
    });
    // δ · q = −2 and 6: helpful −4 of 8; the second weight moved to no effect either way
    expect(values(refined)[0]).toBeCloseTo(Math.exp(0.4 * (-4 / 8)), 6);
    expect(values(refined).slice(1)).toEqual(new Array(7).fill(1));
  });

  it('gives the same bits whatever the workers, and leaves what it was given alone', async () => {
    const start = made([1, 1, 0, 1, 1, 1, 1, 1]);
    const expected = await refine({}, start);
    expect(values(expected)[2]).toBe(0);
    expect(values(start)).toEqual([1, 1, 0, 1, 1, 1, 1, 1]);
    const slow = (job: ScoutJob<Task>) =>
      new Promise<ScoutOutcome>((resolve) => setTimeout(() => resolve(rehearse(job)), job.seed % 4));
    const { train: _, ...parallel } = { train: 0, executor: { concurrency: 4, run: slow } };
    expect(values(await refine(parallel, start))).toEqual(values(expected));
  });

  it('goes on after the last whole round, to the same bits', async () => {
    const store = memoryStore();
    const stop = new AbortController();
    const events: RefineEvent[] = [];
    const onEvent = (event: RefineEvent) => {
      events.push(event);
      if (events.length === 7) stop.abort(new Error('enough'));
    };
    await expect(refine({ store, signal: stop.signal, onEvent })).rejects.toThrow('enough');
    const rounds: number[] = [];
    const continued = await refine({ store, onEvent: ({ round }) => void rounds.push(round) });
    expect(rounds[0]).toBe(7);
    expect(values(continued)).toEqual(values(await refine()));
    expect(events[0]).toMatchObject({ type: 'round-end', round: 0, rounds: 40, diverged: 0 });
    await expect(refine({ store, seed: 6 })).rejects.toMatchObject({ code: 'another-run' });
    store.files.set('refined.safetensors', new Uint8Array(9));
    await expect(refine({ store })).rejects.toMatchObject({ code: 'damaged-store' });
  });

  it('leaves diverged rehearsals out, and says when nothing is left or one throws', async () => {
    const diverged: number[] = [];
    const train = async (job: ScoutJob<Task>) =>
      job.index % 3 === 0
        ? { weights: state([Number.NaN, 0, 0, 0, 0, 0, 0, 0]), heldOut: state(new Array(8).fill(0)) }
        : rehearse(job);
    await refine({ rounds: 2, train, onEvent: (event) => void diverged.push(event.diverged) });
    expect(diverged).toEqual([4, 3]);
    const nan = { weights: state(new Array(8).fill(Number.NaN)), heldOut: state(new Array(8).fill(0)) };
    await expect(refine({ train: async () => nan })).rejects.toThrow(
      'refineGuides: at least 2 rehearsals of a round must end finite, got 0 of 10. Lower their learning rate',
    );
    const throwing = refine({ train: () => Promise.reject(new Error('no data')) });
    await expect(throwing).rejects.toThrow('refineGuides: rehearsal 0 must not throw: no data');
    await expect(throwing).rejects.toMatchObject({ code: 'scouts-failed' });
  });

  it('refuses what cannot be', async () => {
    await expect(refine({ subproblems: [] })).rejects.toThrow('there must be a sub-problem, got none');
    await expect(refine({ seed: 0.5 })).rejects.toThrow('seed must be an integer, got 0.5');
    await expect(refine({ rounds: 0 })).rejects.toThrow('rounds must be an integer ≥ 1, got 0');
    await expect(refine({ rehearsals: 1 })).rejects.toThrow('rehearsals must be an integer ≥ 2, got 1');
    await expect(refine({ rate: 9 })).rejects.toThrow('rate must be in (0, 5], got 9');
    await expect(refine({ train: async ({ base }) => base })).rejects.toThrow(
      'rehearsal 0 must return { weights, heldOut }, got no heldOut',
    );
    const without = { subproblems: tasks, seed: 1 };
    await expect(refineGuides(made(), without)).rejects.toThrow(
      'train or executor must be given, got neither',
    );
    const bad = made();
    (bad.guides.get('w')?.data as Float32Array)[0] = Number.NaN;
    await expect(refine({}, bad)).rejects.toMatchObject({ code: 'bad-value' });
  });
});
