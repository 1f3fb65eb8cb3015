// After `changeset publish`: pushes the tags that it made and opens a GitHub release for each, with the newest part of
// the package's changelog and the bill of materials. Needs `gh` and GH_TOKEN; the release workflow has both.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaces } from './workspace.mjs';

const [billOfMaterials] = process.argv.slice(2);
const tags = run('git', 'tag', '--points-at', 'HEAD').split('\n').filter(Boolean);
if (tags.length === 0) {
  process.stdout.write('nothing was published\n');
  process.exit(0);
}
run('git', 'push', 'origin', '--tags');
for (const { folder } of workspaces()) {
  const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const tag = `${name}@${version}`;
  if (!tags.includes(tag)) continue;
  const notes = newestPart(readFileSync(join(root, folder, 'CHANGELOG.md'), 'utf8'));
  const files = billOfMaterials ? [billOfMaterials] : [];
  run('gh', 'release', 'create', tag, ...files, '--title', tag, '--notes', notes, '--verify-tag');
  process.stdout.write(`released ${tag}\n`);
}

/** What stands under the first version heading of a changelog. */
function newestPart(changelog) {
  return (changelog.split(/^## .*$/m)[1] ?? '').trim();
}

function run(command, ...args) {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8' });
}
