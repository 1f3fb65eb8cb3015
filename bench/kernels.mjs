// `npm run bench -- kernels`: training steps on @warmstart/kernels against stock TensorFlow.js on wasm, jax-js and,
// where Python has it, PyTorch on the CPU. Medians; every peer runs in the same run, one after the other.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { peak } from './kernels/peak.mjs';

const TASKS = [
  {
    name: 'autoencoder',
    title: 'masked autoencoder step',
    stock: 'node24:>= 11,node20:>= 7',
    torch: '<= 1.5',
  },
  { name: 'transformerBlock', title: 'transformer block step', stock: '>= 9', torch: '<= 3' },
  { name: 'convNet', title: 'conv net step', torch: '<= 3.5' },
  { name: 'depthwiseBlock', title: 'depthwise block step', torch: '<= 4' },
  { name: 'adam1M', title: 'Adam, 1 M parameters', stock: '>= 14', torch: '<= 0.5' },
  { name: 'matMul1024', title: 'matMul 1024³' },
  { name: 'resnet50Forward224', title: 'ResNet-50 forward 224 px, batch 1' },
  { name: 'resnet50Step96', title: 'ResNet-50 step 96 px, batch 4' },
  { name: 'resnet50Step224', title: 'ResNet-50 step 224 px, batch 1' },
];
const TWO_THREADS = { autoencoder: '>= 1.5', convNet: '>= 1.5' };
const IN_JAX_JS = ['autoencoder', 'matMul1024'];
/** `WARMSTART_TASKS=autoencoder,convNet` times these only. */
const chosen = process.env.WARMSTART_TASKS?.split(',');
const names = TASKS.map(({ name }) => name).filter((name) => chosen?.includes(name) ?? true);

export default async function kernels({ report, python }) {
  const limit = await peak();
  const kind = limit.fused ? 'fused multiply-add' : 'multiply and add (no relaxed SIMD in this Node)';
  report({ task: `128-bit ${kind}, registers only`, ours: limit.gflops, unit: 'GFLOP/s' });
  const engines = {
    ours: run('ours', 1),
    ours2: run('ours', 2),
    stock: run('stock', 1),
    jax: run(
      'jax-js',
      1,
      IN_JAX_JS.filter((name) => names.includes(name)),
    ),
    torch: python ? runTorch(python, 1) : {},
    torch2: python ? runTorch(python, 2) : {},
  };
  for (const task of TASKS) if (names.includes(task.name)) reportTask(report, task, engines);
  if (!engines.ours.matMul1024) return;
  const gflops = (2 * 1024 ** 3) / engines.ours.matMul1024.median / 1e6;
  const note = `${((100 * gflops) / limit.gflops).toFixed(0)} % of the peak above`;
  report({ task: 'matMul 1024³, one thread', ours: gflops, unit: 'GFLOP/s', note });
}

function reportTask(report, { name, title, stock, torch }, engines) {
  const one = engines.ours[name];
  if (!one || one.error) {
    report({ task: title, ours: Number.NaN, unit: 'ms', note: one?.error ?? 'gave no result' });
    return;
  }
  const against = (peer, result, threads, ours, turned, target) => {
    if (!result) return;
    const task = `${title}, ${threads} thread${threads > 1 ? 's' : ''}`;
    if (result.error) {
      report({ task, ours: ours.median, unit: 'ms', peer, note: `${peer}: ${result.error.slice(0, 60)}` });
      return;
    }
    const ratio = turned ? result.median / ours.median : ours.median / result.median;
    const aim = target === undefined ? {} : { target };
    // on a machine that does other work too, processor time says more than the clock
    const note = `processor time ${ours.cpu.toFixed(1)} and ${result.cpu.toFixed(1)} ms`;
    report({ task, ours: ours.median, unit: 'ms', peer, theirs: result.median, ratio, ...aim, note });
  };
  against('stock wasm', engines.stock[name], 1, one, true, forThisNode(stock));
  against('jax-js', engines.jax[name], 1, one, true);
  against('PyTorch', engines.torch[name], 1, one, false, torch);
  const two = engines.ours2[name];
  if (!two || two.error) return;
  against('one thread', one, 2, two, true, TWO_THREADS[name]);
  against('PyTorch', engines.torch2[name], 2, two, false, torch);
}

/** "node24:A,node20:B" by the Node that runs; anything else as it stands. */
function forThisNode(target) {
  const match = target?.match(/^node24:(.*),node20:(.*)$/);
  if (!match) return target;
  return Number(process.versions.node.split('.')[0]) >= 22 ? match[1] : match[2];
}

function run(engine, threads, tasks = names) {
  const script = fileURLToPath(new URL('kernels/measure.mjs', import.meta.url));
  return results(process.execPath, [script, engine, String(threads), ...tasks]);
}

function runTorch(python, threads) {
  const script = fileURLToPath(new URL('kernels/torch_tasks.py', import.meta.url));
  return results(python, [script, String(threads), ...names]);
}

/** What a process measured, by task. */
function results(command, args) {
  const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 1_200_000 };
  const { stdout = '', status } = spawnSync(command, args, options);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (lines.length === 0 && status !== 0)
    process.stderr.write(`kernels: ${args.slice(0, 3).join(' ')} gave nothing\n`);
  return Object.fromEntries(lines.map((line) => JSON.parse(line)).map((result) => [result.name, result]));
}
