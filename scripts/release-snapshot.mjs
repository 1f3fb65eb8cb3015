// Publishes what lies here under a tag of its own, to try it before it is released:
// `pnpm run release:snapshot canary`, then `npm install @warmstart/nn@canary`.
// Every public package takes part, because a snapshot is outside the range of those that did not.
// With `--built` what was built before is published: only the rehearsal, which has just built it, says so.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaces } from './workspace.mjs';

const [tag = '', ...options] = process.argv.slice(2);
if (!/^[a-z][a-z0-9]*$/.test(tag) || tag === 'latest') {
  process.stderr.write(
    `release-snapshot: a tag of small letters other than "latest" is needed, got "${tag}".\n`,
  );
  process.exit(2);
}

const changeset = join(root, '.changeset', 'snapshot.md');
const names = workspaces()
  .map(({ folder }) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')))
  .filter((manifest) => !manifest.private)
  .map(({ name }) => `"${name}": patch`);
writeFileSync(changeset, `---\n${names.join('\n')}\n---\n\nA snapshot to try, not a release.\n`);
try {
  run('changeset', 'version', '--snapshot', tag);
} finally {
  rmSync(changeset, { force: true });
}
if (!options.includes('--built')) run('pnpm', 'run', 'build:public');
run('node', 'scripts/publish.mjs', '--tag', tag, '--no-git-tag');

function run(...words) {
  const [command, ...args] = words;
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
