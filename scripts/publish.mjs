// Publishes with changesets what the registry lacks, and ends well only when the registry has every version: pnpm calls
// a publication done although the npm that it started was killed, and changesets believes it. What is still lacking is
// tried again, twice; `changeset publish` leaves alone what is there. Options go to `changeset publish`;
// `--patience SECONDS` is how long a registry may take to show what it was given (60).
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, workspaces } from './workspace.mjs';

const attempts = 3;
const options = process.argv.slice(2);
const given = options.indexOf('--patience');
const patience = given < 0 ? 60 : Number(options.splice(given, 2)[1]);
if (!(patience >= 0)) fail('publish: --patience wants seconds.', 2);

const packages = workspaces()
  .map(({ folder }) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')))
  .filter((manifest) => !manifest.private);
const registry = registryOf('@warmstart');

// without one the tags would be lacking, and changesets says nothing
if (!options.includes('--no-git-tag') && start('git', ['var', 'GIT_COMMITTER_IDENT'], 'pipe').status !== 0) {
  fail(
    'publish: git must know who tags, and does not. Set user.name and user.email, or give --no-git-tag.',
    2,
  );
}

let lacking = packages;
for (let attempt = 1; attempt <= attempts && lacking.length > 0; attempt++) {
  const { status, error } = start('changeset', ['publish', ...options], 'inherit');
  if (error) throw error;
  if (status !== 0) process.stderr.write(`publish: changeset publish failed (exit code ${status}).\n`);
  lacking = await lackingAfter(status === 0 ? patience : 0);
  if (lacking.length > 0) {
    process.stderr.write(`publish: after attempt ${attempt} the registry lacks ${namesOf(lacking)}.\n`);
  }
}
if (lacking.length > 0) fail(`publish: not published: ${namesOf(lacking)}. Run it again.`);
process.stdout.write(`publish: the registry has all ${packages.length} packages\n`);

/** What the registry does not show within `seconds`. */
async function lackingAfter(seconds) {
  const until = Date.now() + 1000 * seconds;
  for (let left = packages; ; await sleep(2000)) {
    const shown = await Promise.all(left.map(isPublished));
    left = left.filter((_, index) => !shown[index]);
    if (left.length === 0 || Date.now() >= until) return left;
  }
}

async function isPublished({ name, version }) {
  const { ok } = await fetch(`${registry}${name.replace('/', '%2f')}/${version}`).catch(() => ({
    ok: false,
  }));
  return ok;
}

/** Where npm publishes what has this scope. */
function registryOf(scope) {
  const asked = [`${scope}:registry`, 'registry'].map((key) =>
    start('npm', ['config', 'get', key], 'pipe').stdout.trim(),
  );
  const address = asked.find((text) => /^https?:/.test(text)) ?? fail('publish: npm names no registry.');
  return address.endsWith('/') ? address : `${address}/`;
}

function namesOf(manifests) {
  return manifests.map(({ name, version }) => `${name}@${version}`).join(', ');
}

function start(command, args, output) {
  return spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', output, output],
    shell: process.platform === 'win32',
  });
}

function fail(text, code = 1) {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
