import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { command } from './command.js';
import type { LocalRegistry } from './local-registry.js';

/** A package as its users see it after the release. */
export interface Released {
  name: string;
  version: string;
  /** Its folder in the released copy. */
  folder: string;
}

/** A copy of the working tree, so that versions and changelogs of the rehearsal never touch the checkout. */
export async function copyOf(root: string, target: string): Promise<string> {
  rmSync(target, { recursive: true, force: true });
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const files = execFileSync('git', listed, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 }).split('\0');
  for (const file of files.filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(root, file), join(target, file));
  }
  await git(target, 'init', '--quiet', '--initial-branch=main');
  await git(target, 'config', 'user.name', 'Rehearsal'); // as the release workflow does: a fresh machine has none
  await git(target, 'config', 'user.email', 'rehearsal@localhost');
  const install = ['pnpm', 'install', '--frozen-lockfile', '--prefer-offline', '--silent'];
  await command(install, { cwd: target });
  return target;
}

/** What merging the "Version Packages" pull request and the publishing job do, by the scripts that they run. */
export async function release(copy: string, root: string, registry: LocalRegistry): Promise<Released[]> {
  writeFileSync(join(copy, '.npmrc'), registry.npmrc);
  await commit(copy, 'What is to be released');
  if (pendingChangesets(copy) === 0) addChangeset(copy);
  await command(['pnpm', 'run', 'version-packages'], { cwd: copy });
  await commit(copy, 'Version Packages');
  await command(['pnpm', 'run', 'release'], { cwd: copy, env: buildCache(root) });
  const lacking = await lackingIn(registry, publicPackages(copy));
  if (lacking.length > 0) throw new Error(`rehearsal: the registry lacks ${lacking.join(', ')}.`);
  return publicPackages(copy);
}

/** Packages whose version the registry does not have. */
async function lackingIn(registry: LocalRegistry, packages: readonly Released[]): Promise<string[]> {
  const checked = packages.map(async ({ name, version }) => {
    const { ok } = await fetch(`${registry.address}${name}/${version}`);
    return ok ? [] : [`${name}@${version}`];
  });
  return (await Promise.all(checked)).flat();
}

/** Publishes what lies in the copy under the tag `canary`, as the snapshot workflow does. */
export async function releaseSnapshot(copy: string): Promise<Released[]> {
  await command(['pnpm', 'run', 'release:snapshot', 'canary', '--built'], { cwd: copy });
  return publicPackages(copy);
}

/** Tags that the release left in the copy. */
export async function tagsOf(copy: string): Promise<string[]> {
  return (await git(copy, 'tag', '--list')).trim().split('\n');
}

function publicPackages(copy: string): Released[] {
  return [...readdirSync(join(copy, 'packages')).map((name) => `packages/${name}`), 'apps/trainer']
    .filter((folder) => existsSync(join(copy, folder, 'package.json')))
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(copy, folder, 'package.json'), 'utf8'));
      return { name, version, folder: join(copy, folder) };
    });
}

function pendingChangesets(copy: string): number {
  return readdirSync(join(copy, '.changeset')).filter((name) => name.endsWith('.md') && name !== 'README.md')
    .length;
}

/** Right after a release nothing is pending; the rehearsal then releases everything once more. */
function addChangeset(copy: string): void {
  const bumps = publicPackages(copy).map(({ name }) => `"${name}": patch`);
  const text = `---\n${bumps.join('\n')}\n---\n\nRehearsed.\n`;
  writeFileSync(join(copy, '.changeset', 'rehearsal.md'), text);
}

/** Builds of the copy are kept between rehearsals: the same sources and versions are built once. */
function buildCache(root: string): Record<string, string> {
  return {
    TURBO_CACHE_DIR: join(root, '.cache', 'rehearsal-turbo'),
    TURBO_TELEMETRY_DISABLED: '1',
    CI: 'true',
  };
}

async function commit(copy: string, message: string): Promise<void> {
  await git(copy, 'add', '--all');
  await git(copy, 'commit', '--quiet', '--no-verify', '--allow-empty', '--message', message);
}

function git(copy: string, ...args: string[]): Promise<string> {
  return command(['git', ...args], { cwd: copy });
}
