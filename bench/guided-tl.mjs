// `npm run bench -- guided-tl`: how much faster two workers scout than one, and what guides cost inside a fused
// optimizer. Both sides of every ratio are timed in turns in the same run.
import { cpus } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { scout } from '@warmstart/guided-tl';
import { localPool } from '@warmstart/guided-tl/pool';
import { installKernels } from '@warmstart/kernels';
import { adamW } from '@warmstart/training';
import '@tensorflow/tfjs-backend-wasm';

const module = new URL('./guided-tl/train-scout.mjs', import.meta.url);
const shapes = [[256, 1024], [256], [128, 256], [128]];

export default async function guidedTl({ report }) {
  await scouting(report);
  await fusedGuides(report);
}

/** 24 scouts of a table encoder of 295,000 weights; workers are started and warm before the clock runs. */
async function scouting(report) {
  const base = new Map(
    shapes.map((shape, i) => {
      const size = shape.reduce((product, side) => product * side, 1);
      const data = Float32Array.from(
        { length: size },
        (_, k) => Math.sin(k * 12.9898 + i) / Math.sqrt(shape[0]),
      );
      return [`layer${i >> 1}.${i % 2 === 0 ? 'weight' : 'bias'}`, { dtype: 'float32', shape, data }];
    }),
  );
  const pools = [1, 2].map((workers) => localPool({ module, workers }));
  const subproblems = Array.from({ length: 24 }, (_, i) => ({ rows: 48, steps: 4, phase: i }));
  const run = async (executor, problems = subproblems) => {
    const start = performance.now();
    const scouted = await scout({ base, subproblems: problems, seed: 1, executor });
    return { ms: performance.now() - start, scouted };
  };
  try {
    for (const pool of pools) await run(pool, subproblems.slice(0, 4));
    const times = [[], []];
    const found = [];
    for (let round = 0; round < 5; round++) {
      for (const [i, pool] of pools.entries()) {
        const { ms, scouted } = await run(pool);
        times[i].push(ms);
        found.push(JSON.stringify([...scouted.halves[0].mean.subarray(0, 1000)]));
      }
    }
    if (new Set(found).size !== 1)
      throw new Error('scouting: every run must find the same, got different ones.');
    const [one, two] = times.map(median);
    report({
      task: '24 scouts, 2 workers',
      ours: two,
      unit: 'ms',
      peer: '1 worker',
      theirs: one,
      ratio: one / two,
      target: '>= 1.8',
      note: `${cpus().length} cores`,
    });
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
  }
}

/** Steps of AdamW on a million weights, with a guide for each weight and without. */
async function fusedGuides(report) {
  await tf.setBackend('wasm');
  await installKernels(tf);
  const size = 1 << 20;
  const optimizers = [false, true].map((isGuided) => {
    const variables = new Map([['weight', tf.variable(tf.randomNormal([1024, 1024], 0, 1, 'float32', 1))]]);
    const guides = new Map([
      [
        'weight',
        tf.tensor(
          Float32Array.from({ length: size }, (_, i) => i / size),
          [1024, 1024],
        ),
      ],
    ]);
    return adamW({ variables, learningRate: 1e-4, weightDecay: 0.01, ...(isGuided ? { guides } : {}) });
  });
  const gradients = new Map([['weight', tf.randomNormal([1024, 1024], 0, 1, 'float32', 2)]]);
  const times = [[], []];
  for (let round = 0; round < 220; round++) {
    for (const [i, optimizer] of optimizers.entries()) {
      const start = performance.now();
      optimizer.step(gradients);
      if (round >= 20) times[i].push(performance.now() - start);
    }
  }
  const [bare, guided] = times.map(median);
  report({
    task: 'fused guided AdamW, 1 M weights',
    ours: guided,
    unit: 'ms',
    peer: 'fused AdamW',
    theirs: bare,
    ratio: guided / bare,
    target: '<= 1.05',
  });
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
