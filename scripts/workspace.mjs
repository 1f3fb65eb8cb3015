// What the checks need to know about the repository: its workspaces, their sources, their imports.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, or what stands in for it while the checks themselves are tested. */
export const root = process.env.WARMSTART_CHECKED ?? fileURLToPath(new URL('..', import.meta.url));

/** @returns {{ name: string, folder: string, isApp: boolean }[]} */
export function workspaces() {
  return ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent))
      .filter((name) => existsSync(join(root, parent, name, 'package.json')))
      .map((name) => ({ name, folder: `${parent}/${name}`, isApp: parent === 'apps' })),
  );
}

/** Names in every dependency field that an installer acts on. */
export function dependenciesOf(folder) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = manifest;
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
}

/** Files that git tracks, or would track, below a folder. */
export function trackedFiles(folder = '.') {
  const options = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', folder];
  return execFileSync('git', options, { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(root, file)));
}

/** TypeScript sources below a folder, generated ones left out. */
export function sourceFiles(folder) {
  return trackedFiles(folder).filter((file) => /\.tsx?$/.test(file) && !file.includes('.generated.'));
}

/** Module specifiers that a source names in import, export-from or import(). */
export function importsOf(source) {
  const pattern = /(?:from\s+|import\s+|import\(\s*)['"]([^'"]+)['"]/g;
  return [...source.matchAll(pattern)].map(([, specifier]) => specifier);
}

/** Tests, and the suites and cases that several tests of one package run. */
export function isTestFile(file) {
  return /(\.test(-d)?|\.browser\.test|-suite|-cases)\.tsx?$/.test(file) || file.includes('/fixtures/');
}
