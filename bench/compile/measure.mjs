// Times the compiled step on one task in this process: node measure.mjs THREADS TASK... prints one JSON line a task.
import { parentPort, workerData } from 'node:worker_threads';
import { makeTasks, ourOps } from '../kernels/tasks.mjs';

const [threadText, ...names] = workerData?.args ?? process.argv.slice(2);
console.log = console.info = console.warn = () => {}; // tfjs greets on the output that is parsed
const tf = await import('@tensorflow/tfjs');
await import('@tensorflow/tfjs-backend-wasm');
const kernels = await import('@warmstart/kernels');
const { compileLoss, compileStep } = await import('@warmstart/compile');
await tf.setBackend('wasm');
await kernels.installKernels(tf);

for (const name of names) {
  let result;
  try {
    result = await measure(name);
  } catch (error) {
    result = { error: String(error.message) };
  }
  const line = { name, ...result };
  if (parentPort) parentPort.postMessage(line);
  else process.stdout.write(`${JSON.stringify(line)}\n`);
}
if (!parentPort) process.exit(0);

async function measure(name) {
  const { loss, variables, optimizer, feeds } = await capture(name);
  let compiled;
  const options = {
    compile: 'always',
    threads: Number(threadText),
    optimizer,
    checkEvery: 0,
    onEvent: (event) => {
      if (event.type === 'step-compile') compiled = event;
    },
  };
  const declared = await compileStep(
    () => loss(),
    variables,
    () => feeds,
    options,
  );
  const result = await timed(declared);
  const step = { ...result, compiled };
  // the same loss, called without computing at each step
  return {
    ...step,
    replayed: { ...(await timed(await compileLoss(() => loss(), variables, options))), compiled },
  };
}

async function timed(step) {
  const losses = [];
  for (let i = 0; i < 5; i++) losses.push((await step.run({})).loss);
  const times = [];
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  while (times.length < 5 || (performance.now() - start < 3000 && times.length < 200)) {
    const before = performance.now();
    await step.run({});
    times.push(performance.now() - before);
  }
  const { user, system } = process.cpuUsage(cpuStart);
  const cpu = (user + system) / 1000 / times.length;
  times.sort((a, b) => a - b);
  await step.dispose();
  return { median: times[times.length >> 1], best: times[0], cpu, steps: times.length, losses };
}

/** The loss, variables, optimizer and data of a task made for eager steps: all its tensors become feeds. */
async function capture(name) {
  const made = [];
  let building = true;
  let captured;
  const tensors = ['tensor', 'tensor1d', 'tidy'];
  const watched = new Proxy(tf, {
    get(target, property) {
      if (property === 'variableGrads' && !captured) {
        return (loss, list) => {
          captured = { loss, list };
          return target.variableGrads(loss, list);
        };
      }
      if (!tensors.includes(property)) return target[property];
      return (...args) => {
        const result = target[property](...args);
        if (building && result instanceof target.Tensor) made.push(result);
        return result;
      };
    },
  });
  const ops = ourOps(kernels);
  let learned;
  const keep = (make) => (variables, rate) => {
    learned = { variables, optimizer: make(variables, rate) };
    return learned.optimizer;
  };
  const step = makeTasks(watched, { ...ops, adam: keep(ops.adam), sgd: keep(ops.sgd) })[name]();
  building = false;
  await step();
  const alive = made.filter((tensor) => !tensor.isDisposed);
  const feeds = Object.fromEntries(alive.map((tensor, i) => [`feed${i}`, tensor]));
  return { loss: captured.loss, ...learned, feeds };
}
