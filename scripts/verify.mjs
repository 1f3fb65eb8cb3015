// Everything CI runs, in the order of how quickly it fails: format, lint, types, floors, style, unused code,
// builds, package checks, then every test. `npm run verify` and `.ci/run` are the same thing.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const local = (name) => join(root, 'node_modules', '.bin', name);
const steps = [
  ['format and lint', local('biome'), 'check', '.'],
  ['floors', process.execPath, 'scripts/check-floors.mjs'],
  ['style', process.execPath, 'scripts/check-style.mjs'],
  ['types', local('tsc'), '--noEmit'],
  ['types of the demo', local('tsc'), '--noEmit', '-p', 'apps/demo'],
  ['unused code', local('knip')],
  ['builds', local('turbo'), 'run', 'build', 'build:types', '--output-logs=errors-only'],
  ['public surface', process.execPath, 'scripts/api-reports.mjs', '--check'],
  ['packages', local('turbo'), 'run', 'lint:pkg', '--output-logs=errors-only'],
  ['tests', process.execPath, 'scripts/bootstrap.mjs', 'test'],
];

for (const [name, command, ...args] of steps) {
  const started = Date.now();
  process.stdout.write(`\n== ${name}\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) {
    process.stderr.write(`verify: ${name} failed.\n`);
    process.exit(status ?? 1);
  }
  process.stdout.write(`== ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
