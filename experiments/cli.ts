import { runExperiments } from './run-experiments.js';

const controller = new AbortController();
process.once('SIGINT', () => controller.abort(new Error('interrupted')));

process.exitCode = await runExperiments(process.argv.slice(2), {
  out: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  signal: controller.signal,
});
