// `npm run bench -- compile`: training steps compiled for ONNX Runtime against stock TensorFlow.js on wasm, our
// wasm kernels and, where Python has it, PyTorch on the CPU at its better setting. Medians; every peer runs in the
// same run, one after the other.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const TASKS = [
  { name: 'autoencoder', title: 'masked autoencoder step', torch: '<= 0.8' },
  { name: 'transformerBlock', title: 'transformer block step', torch: '<= 1.0' },
  { name: 'convNet', title: 'conv net step', torch: '<= 1.5' },
  { name: 'depthwiseBlock', title: 'depthwise block step' },
  { name: 'resnet50Step96', title: 'ResNet-50 step 96 px, batch 4', torch: '<= 2' },
];
/** `WARMSTART_TASKS=autoencoder,convNet` times these only. */
const chosen = process.env.WARMSTART_TASKS?.split(',');
const names = TASKS.map(({ name }) => name).filter((name) => chosen?.includes(name) ?? true);

export default async function compile({ report, python }) {
  const stock = measured('kernels/measure.mjs', ['stock', '1']);
  for (const threads of [1, 2]) {
    const ours = measured('compile/measure.mjs', [String(threads)]);
    const kernels = measured('kernels/measure.mjs', ['ours', String(threads)]);
    const torch = python ? bestTorch(python, threads) : {};
    for (const { name, title, torch: aim } of TASKS) {
      if (!names.includes(name)) continue;
      const one = ours[name];
      const task = `${title}, ${threads} thread${threads > 1 ? 's' : ''}`;
      if (!one || one.error) {
        report({ task, ours: Number.NaN, unit: 'ms', note: one?.error ?? 'no result' });
        continue;
      }
      const against = (peer, theirs, turned, target, mine = one) => {
        if (!theirs) return;
        const [title, ours] = [mine === one ? task : `${task}, feeds found by replay`, mine.median];
        if (theirs.error)
          return report({ task: title, ours, unit: 'ms', peer, note: theirs.error.slice(0, 60) });
        const ratio = turned ? theirs.median / ours : ours / theirs.median;
        const note = `processor time ${mine.cpu.toFixed(1)} and ${theirs.cpu.toFixed(1)} ms`;
        report({
          ...{ task: title, ours, unit: 'ms', peer, theirs: theirs.median, ratio, note },
          ...(target && { target }),
        });
      };
      if (threads === 1) against('stock wasm', stock[name], true);
      against('our kernels', kernels[name], true, '>= 2');
      against('PyTorch', torch[name], false, threads === 2 ? aim : undefined);
      if (threads === 2) {
        against('compileStep', { median: one.median, cpu: one.cpu }, false, undefined, one.replayed);
        const { recordMilliseconds, compileMilliseconds, kernelCount, nodeCount } = one.replayed.compiled;
        report({
          task: `${title}, to record and compile`,
          ours: recordMilliseconds + compileMilliseconds,
          unit: 'ms',
          target: '< 1000',
          note: `one eager step ${recordMilliseconds.toFixed(0)} ms; ${kernelCount} kernels, ${nodeCount} nodes`,
        });
      }
    }
  }
  await scouts(report);
}

/** Two workers, one thread each, against one. */
async function scouts(report) {
  const [alone] = await workers(1);
  const both = await workers(2);
  const throughput = both.reduce((sum, { median }) => sum + alone.median / median, 0);
  report({
    task: 'two workers, masked autoencoder steps',
    ours: 1000 / alone.median,
    unit: 'steps/s alone',
    ratio: throughput,
    target: '>= 1.85',
  });
}

function workers(count) {
  return Promise.all(
    Array.from({ length: count }, () => {
      return new Promise((resolve, reject) => {
        const url = new URL('compile/measure.mjs', import.meta.url);
        const worker = new Worker(url, { workerData: { args: ['1', 'autoencoder'] }, stdout: true });
        worker.once('message', (result) =>
          result.error ? reject(new Error(result.error)) : resolve(result),
        );
        worker.once('error', reject);
      });
    }),
  );
}

/** PyTorch's threads spin while they wait; on few cores sleeping ones are often faster. */
function bestTorch(python, threads) {
  const script = fileURLToPath(new URL('kernels/torch_tasks.py', import.meta.url));
  const settings = threads === 1 ? ['ACTIVE'] : ['ACTIVE', 'PASSIVE'];
  const runs = settings.map((policy) =>
    results(python, [script, String(threads), ...names], { OMP_WAIT_POLICY: policy }),
  );
  return Object.fromEntries(
    names.map((name) => {
      const good = runs.map((run) => run[name]).filter((one) => one && !one.error);
      return [name, good.sort((a, b) => a.median - b.median)[0]];
    }),
  );
}

function measured(script, args) {
  return results(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args, ...names]);
}

/** What a process measured, by task. */
function results(command, args, environment = {}) {
  const env = { ...process.env, ...environment };
  const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 1_200_000, env };
  const { stdout = '' } = spawnSync(command, args, options);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return Object.fromEntries(lines.map((line) => JSON.parse(line)).map((result) => [result.name, result]));
}
