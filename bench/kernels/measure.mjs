// Times tasks on one engine in this process: node measure.mjs ENGINE THREADS TASK... prints one JSON line a task.
// Engines: ours, stock, jax-js.
import { makeTasks, ourOps, stockOps } from './tasks.mjs';

const [engine, threadText, ...names] = process.argv.slice(2);
const threads = Number(threadText);
const profiled = process.env.WARMSTART_PROFILE === '1';
const tasks = engine === 'jax-js' ? await import('./jax.mjs').then((jax) => jax.tasks()) : await tfjsTasks();
for (const name of names) {
  try {
    process.stdout.write(`${JSON.stringify({ name, ...(await time(tasks[name]())) })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ name, error: String(error.message).split('\n')[0] })}\n`);
  }
}
process.exit(0);

async function tfjsTasks() {
  console.log = console.info = console.warn = () => {}; // tfjs greets on the output that is parsed
  const tf = await import('@tensorflow/tfjs');
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (engine === 'stock') {
    await tf.setBackend('wasm');
    return makeTasks(tf, stockOps(tf));
  }
  const kernels = await import('@warmstart/kernels');
  const node = await import('@warmstart/kernels/node');
  if (threads > 1) await node.shareWasmMemory(wasm);
  await tf.setBackend('wasm');
  await kernels.installKernels(tf, threads > 1 ? { threads: node.nodeThreads(threads) } : {});
  const made = makeTasks(tf, ourOps(kernels));
  if (!profiled) return made;
  return Object.fromEntries(Object.entries(made).map(([name, make]) => [name, () => profile(tf, make())]));
}

/** Median of at least five steps over about three seconds, after a warm-up. */
async function time(step) {
  const first = await step();
  for (let i = 0; i < 3; i++) await step();
  const times = [];
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  while (times.length < 5 || (performance.now() - start < 3000 && times.length < 100)) {
    const before = performance.now();
    await step();
    times.push(performance.now() - before);
    if (performance.now() - start > 20_000) break;
  }
  const { user, system } = process.cpuUsage(cpuStart);
  times.sort((a, b) => a - b);
  return {
    median: times[times.length >> 1],
    best: times[0],
    cpu: (user + system) / 1000 / times.length,
    first,
  };
}

/** A step that reports its kernels on the error output when it is run for the fifth time. */
function profile(tf, step) {
  let runs = 0;
  return async () => {
    if (++runs !== 5) return step();
    const totals = new Map();
    const { kernels } = await tf.profile(step);
    for (const { name, kernelTimeMs } of kernels) {
      const [time = 0, calls = 0] = totals.get(name) ?? [];
      totals.set(name, [time + (await kernelTimeMs), calls + 1]);
    }
    const rows = [...totals].sort(([, a], [, b]) => b[0] - a[0]).slice(0, 12);
    for (const [name, [ms, calls]] of rows)
      process.stderr.write(`    ${ms.toFixed(2).padStart(8)} ms  ${calls} × ${name}\n`);
  };
}
