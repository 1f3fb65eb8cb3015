// What a change must pass before it is pushed, in two lanes side by side: the tests that read sources in Node, and
// everything else: format, lint, types, unused code, builds, public surface, packages. `npm run verify` leaves to CI what
// needs a browser or installed packages, and the longest tests of packages that were not changed; `npm run verify -- --all`,
// which is what `.ci/run` runs, does all of it: the browser's tests in the second lane, which then takes its share of the
// tests that read sources; those of installed packages at the end and alone, because they watch clocks. The last line is
// `N passed, N failed`.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const all = process.argv.includes('--all');
const local = (name) => join(root, 'node_modules', '.bin', name);
const incremental = (name) => ['--incremental', '--tsBuildInfoFile', `.cache/${name}.tsbuildinfo`];
const tests = (...projects) => [
  process.execPath,
  'scripts/run-tests.mjs',
  ...projects.flatMap((project) => ['--project', project]),
];

// floors and style are tests: scripts/checks.test.ts
const checks = [
  ['format and lint', local('biome'), 'check', '.'],
  ['types', local('tsc'), '--noEmit', ...incremental('types')],
  ['types of the demo', local('tsc'), '--noEmit', '-p', 'apps/demo', ...incremental('types-demo')],
  ['unused code', local('knip')],
  ['builds', local('turbo'), 'run', 'build', 'build:types', '--output-logs=errors-only'],
  ['public surface', process.execPath, 'scripts/api-reports.mjs', '--check'],
  ['packages', process.execPath, 'scripts/lint-packages.mjs'],
];

/** A third of the time that tests of sources take: they train, compile shaders or read damaged files by the thousand. */
const longTests = [
  'packages/core-checkpoint/src/fuzz/damaged.test.ts',
  'packages/kernels/src/correctness.webgpu.test.ts',
  'packages/models/src/bad-input.test.ts',
  'packages/models/src/pretraining.test.ts',
  'packages/models/src/real-weights.test.ts',
];
for (const test of longTests) {
  if (!existsSync(join(root, test))) throw new Error(`verify: ${test} is not there any more; mend the list.`);
}
const leftOut = all ? [] : longTests.filter((test) => !changed(test.replace(/\/src\/.*/, '/src')));
const shardCount = 6;
/** Whichever lane is free takes the next; one worker each, as both lanes are busy to the end. */
const sourceTests = all
  ? Array.from({ length: shardCount }, (_, index) => [
      `tests of sources, part ${index + 1} of ${shardCount}`,
      ...tests('node'),
      '--maxWorkers=1',
      `--shard=${index + 1}/${shardCount}`,
    ])
  : [['tests of sources', ...tests('node')]];
const browserTests = ['tests of sources in a browser', ...tests('browser')];
const packedTests = ['tests of installed packages', ...tests('e2e')];

const running = new Set();
const counts = { passed: 0, failed: 0, skipped: 0 };
await Promise.all([
  untilEmpty(sourceTests, { live: true }),
  untilEmpty(all ? [...checks, browserTests] : checks, { live: false }).then(() =>
    untilEmpty(sourceTests, { live: false }),
  ),
]);
if (all) await step(packedTests, { live: true });
else
  process.stdout.write(
    `\nLeft to CI, and to npm test: ${['the projects browser and e2e', ...leftOut].join(', ')}.\n`,
  );
const { passed, failed, skipped } = counts;
process.stdout.write(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`);

/** Whether anything below a folder differs from the main branch, committed or not. Without a main branch: yes. */
function changed(folder) {
  const git = (...args) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  for (const main of ['origin/main', 'main']) {
    try {
      const since = git('merge-base', 'HEAD', main).trim();
      const touched = git('diff', '--name-only', since, '--', folder);
      return touched + git('ls-files', '--others', '--exclude-standard', '--', folder) !== '';
    } catch {
      // no such branch here
    }
  }
  return true;
}

/** Runs step after step of a list that another lane may take from too. */
async function untilEmpty(steps, how) {
  for (let next = steps.shift(); next !== undefined; next = steps.shift()) await step(next, how);
}

/** Runs one step. What it says comes as it says it (`live`), or in one piece when it has ended. */
async function step([name, command, ...args], { live }) {
  const started = Date.now();
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...(leftOut.length > 0 && { WARMSTART_LEFT_OUT: leftOut.join(',') }) },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  running.add(child);
  let said = '';
  for (const [stream, shown] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (live) shown.write(text);
    });
  }
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  running.delete(child);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${live ? '' : `\n${said.trimEnd()}`}\n== ${name}: ${seconds} s\n`);
  if (status !== 0) giveUp(name, status);
  for (const [, count, kind] of said
    .trimEnd()
    .split('\n')
    .at(-1)
    .matchAll(/(\d+) (passed|failed|skipped)/g)) {
    counts[kind] += Number(count);
  }
}

/** The first failure ends everything: what else is running would only hide it. */
function giveUp(name, status) {
  for (const child of running) child.kill();
  process.stderr.write(`verify: ${name} failed.\n`);
  process.exit(status ?? 1);
}
