// Makes `npm start`, `npm test` and the other root commands work on a fresh clone with Node and npm only:
// fetches the pinned pnpm once, installs when the lock file changed, builds what is stale, then runs the job.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

requireNode(manifest.engines.node);

const home = join(root, '.cache', manifest.packageManager);
const bin = join(home, 'node_modules', '.bin');
const environment = {
  ...process.env,
  PATH: bin + delimiter + process.env.PATH,
  TURBO_TELEMETRY_DISABLED: '1',
  // one Chromium per version and never two unpacked at once: see vitest.config.ts
  WARMSTART_ROOT: root,
};

const [job, ...rest] = process.argv.slice(2);
const jobs = {
  install: () => {},
  start: () => runCli(['quickstart', ...rest]),
  warmstart: () => runCli(rest),
  test: () => {
    if (readsBuilds(rest)) build('all');
    run('node', 'scripts/run-tests.mjs', ...rest);
  },
  verify: () => run('node', 'scripts/verify.mjs', ...rest),
  rehearse: () => run('pnpm', 'exec', 'vitest', 'run', '--config', 'e2e/rehearsal/vitest.config.ts', ...rest),
  api: () => {
    buildPublic();
    run('node', 'scripts/api-reports.mjs', ...rest);
  },
  pack: () => {
    buildPublic();
    // a folder is meant from where the command was typed
    run('node', 'scripts/pack.mjs', ...rest.map((folder) => resolve(process.env.INIT_CWD ?? root, folder)));
  },
  'supply-chain': () => {
    build('trainer');
    run('node', 'scripts/supply-chain.mjs', ...rest);
  },
  docs: () => run('node', 'docs/build.mjs', ...rest),
  bench: () => {
    build('packages');
    run('node', 'bench/run.mjs', ...rest);
  },
  experiments: () => {
    build('experiments');
    run('node', 'experiments/dist/cli.js', ...rest);
  },
  demo: () => {
    build('demo');
    run('node', 'apps/demo/serve.mjs', ...rest);
  },
};
if (!Object.hasOwn(jobs, job)) {
  fail(`bootstrap: unknown job "${job}". Known: ${Object.keys(jobs).join(', ')}.`, 2);
}

/** The projects node and browser read sources; everything else looks at what would be published. */
function readsBuilds(args) {
  const projects = args.flatMap((arg, at) =>
    arg === '--project'
      ? [args[at + 1]]
      : arg.startsWith('--project=')
        ? [arg.slice('--project='.length)]
        : [],
  );
  return projects.length === 0 || projects.some((project) => project !== 'node' && project !== 'browser');
}

function requireNode(range) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = range.replace('>=', '').split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  fail(
    `Warmstart needs Node ${range}, this is ${process.version}. Install Node 24 (or 20.19+) and run the command again.`,
  );
}

function install() {
  if (!existsSync(join(bin, 'pnpm'))) {
    say(`fetching ${manifest.packageManager} (once)`);
    run(
      'npm',
      'install',
      '--silent',
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--prefix',
      home,
      manifest.packageManager,
    );
  }
  if (read('pnpm-lock.yaml') === read('node_modules/.pnpm/lock.yaml') && manifestsSettled()) return;
  say('installing dependencies');
  runQuiet('pnpm', 'install', '--frozen-lockfile', '--prefer-offline', '--config.confirmModulesPurge=false');
}

/** A workspace package whose own node_modules is missing was added after the last install. */
function manifestsSettled() {
  return ['packages', 'apps'].every((folder) =>
    readdirSync(join(root, folder)).every((name) => {
      const file = join(root, folder, name, 'package.json');
      if (!existsSync(file)) return true;
      const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(file, 'utf8'));
      const wanted = Object.keys({ ...dependencies, ...devDependencies });
      return wanted.every((dependency) => existsSync(join(root, folder, name, 'node_modules', dependency)));
    }),
  );
}

/** What each kind of job needs built (turbo adds what that needs itself), and a file that shows it is there. */
const targets = {
  all: { filters: [], proof: 'apps/demo/dist/index.html' },
  packages: { filters: ['--filter=./packages/*'], proof: 'packages/kernels/dist/index.js' },
  trainer: { filters: ['--filter=@warmstart/trainer...'], proof: 'apps/trainer/dist/cli.js' },
  experiments: { filters: ['--filter=@warmstart/experiments...'], proof: 'experiments/dist/cli.js' },
  demo: { filters: ['--filter=@warmstart/demo...'], proof: 'apps/demo/dist/index.html' },
};

/** Builds what is older than its sources. */
function build(target) {
  const { filters, proof } = targets[target];
  const stamp = join(root, '.cache', `built-${target}`);
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (
    built > newest(['packages', 'apps', 'experiments', 'scripts/tsup-config.ts', 'pnpm-lock.yaml']) &&
    existsSync(join(root, proof))
  )
    return;
  const started = Date.now();
  say('building');
  runQuiet('pnpm', 'exec', 'turbo', 'run', 'build', ...filters, '--output-logs=errors-only');
  mkdirSync(join(root, '.cache'), { recursive: true });
  writeFileSync(stamp, `${started}\n`);
  // sources saved while it built are newer than this, and are built the next time
  utimesSync(stamp, started / 1000, started / 1000);
}

/** Whatever is published, with its declarations. */
function buildPublic() {
  say('building');
  runQuiet('pnpm', 'run', 'build:public');
}

function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    const absolute = join(root, path);
    const { mtimeMs } = statSync(absolute);
    latest = Math.max(latest, statSync(absolute).isDirectory() ? newestIn(absolute) : mtimeMs);
  }
  return latest;
}

function newestIn(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs);
  }
  return latest;
}

function runCli(args) {
  build('trainer');
  run('node', join(root, 'apps/trainer/dist/cli.js'), ...args);
}

/** Runs with the caller's standard streams; a failure ends this process with the same exit code. */
function run(command, ...args) {
  const result = spawnSync(command, args, {
    cwd: job === 'warmstart' ? (process.env.INIT_CWD ?? root) : root,
    env: environment,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (result.error) fail(`bootstrap: could not run ${command}: ${result.error.message}`);
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Runs silently, on success; on failure shows everything the command said. Standard output stays clean. */
function runQuiet(command, ...args) {
  const result = spawnSync(command, args, {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
  });
  if (result.error) fail(`bootstrap: could not run ${command}: ${result.error.message}`);
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout}${result.stderr}`);
  fail(`bootstrap: ${command} ${args.join(' ')} failed (exit code ${result.status}).`, result.status ?? 1);
}

function read(file) {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function say(text) {
  process.stderr.write(`warmstart: ${text}\n`);
}

function fail(text, code = 1) {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}

install();
jobs[job]();
