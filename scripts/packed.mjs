// Public packages as npm would receive them: one tarball each.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaces } from './workspace.mjs';

/**
 * Packs what was built.
 *
 * @param {string} folder - emptied first
 * @returns {{ name: string, tarball: string }[]} absolute paths, one a public package
 */
export function packPublic(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return workspaces().flatMap(({ folder: workspace }) => {
    const { name, private: hidden } = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8'));
    return hidden ? [] : [{ name, tarball: pack(join(root, workspace), folder) }];
  });
}

function pack(workspace, folder) {
  const { status, stdout, stderr } = spawnSync('pnpm', ['pack', '--json', '--pack-destination', folder], {
    cwd: workspace,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`pnpm pack failed in ${workspace}:\n${stdout}${stderr}`);
  return JSON.parse(stdout.slice(stdout.indexOf('{'))).filename;
}
