// `npm run bench -- trainer`: how long `warmstart` takes to start, held against Node doing nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../apps/trainer/dist/cli.js', import.meta.url));
const file = fileURLToPath(
  new URL('../packages/core-checkpoint/fixtures/formats/model-00001-of-00002.safetensors', import.meta.url),
);
const rounds = 11;

const tasks = [
  { task: 'warmstart --help', args: [cli, '--help'], target: 150 },
  { task: 'warmstart inspect, a small file', args: [cli, 'inspect', file], target: 400 },
];

/** @param {{ report: (row: object) => void }} options */
export default function trainer({ report }) {
  if (!existsSync(cli)) {
    process.stdout.write('  the trainer is not built; run npm run -s warmstart -- --version first\n');
    return;
  }
  for (const { task, args, target } of tasks) {
    const ours = [];
    const bare = [];
    // in turns, so that a busy machine slows both
    for (let round = 0; round < rounds; round++) {
      bare.push(milliseconds(['-e', '0']));
      ours.push(milliseconds(args));
    }
    const [mine, theirs] = [median(ours), median(bare)];
    const note = `aim ${target} ms on an idle machine`;
    report({ task, ours: mine, unit: 'ms', peer: 'node -e 0', theirs, ratio: mine / theirs, note });
  }
}

function milliseconds(args) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`bench: ${args.join(' ')} failed: ${stderr}`);
  return performance.now() - started;
}

function median(values) {
  return values.sort((left, right) => left - right)[Math.floor(values.length / 2)];
}
