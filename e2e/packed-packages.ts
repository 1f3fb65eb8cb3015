import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A published package as npm would receive it. */
export interface PackedPackage {
  name: string;
  folder: string;
  /** Absolute path of its tarball. */
  tarball: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    packed: PackedPackage[];
    /** A folder where every package, packed, and TensorFlow.js are installed. */
    everythingInstalled: string;
  }
}

const compile = JSON.parse(readFileSync(join(root, 'packages/compile/package.json'), 'utf8'));

/** Optional peers that READMEs ask for, and the weights of an example. */
const peers = { 'onnxruntime-node': compile.peerDependencies['onnxruntime-node'], nsfwjs: '4.4.0' };

/** Packs every package once, before the tests of this project, and installs them all into one folder. */
export default function setup(project: TestProject): void {
  const packed = packAll();
  project.provide('packed', packed);
  project.provide(
    'everythingInstalled',
    install(
      'everything',
      packed,
      packed.map(({ name }) => name),
      peers,
    ),
  );
}

/**
 * A fresh project outside the workspace with some of the packed packages and what they ask for.
 *
 * @param wanted - package names; what they need of each other comes from the tarballs too
 * @param alsoWanted - other packages from the registry, by name and version
 * @returns its folder
 */
export function install(
  label: string,
  packed: readonly PackedPackage[],
  wanted: readonly string[],
  alsoWanted: Readonly<Record<string, string>> = {},
): string {
  const folder = join(root, '.cache', 'e2e', label);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tarballs = Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const manifest = {
    name: `consumer-${label}`,
    private: true,
    type: 'module',
    dependencies: Object.fromEntries([
      ...wanted.map((name) => [name, tarballs[name]]),
      ['@tensorflow/tfjs', '4.22.0'],
      ['@tensorflow/tfjs-core', '4.22.0'],
      ['@tensorflow/tfjs-backend-wasm', '4.22.0'],
      ...Object.entries(alsoWanted),
    ]),
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  const settings = {
    packages: ['.'],
    overrides: tarballs,
    allowBuilds: { 'core-js': false, 'onnxruntime-node': false },
  };
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), JSON.stringify(settings));
  run('pnpm', ['install', '--prefer-offline', '--ignore-scripts', '--no-frozen-lockfile'], folder);
  return folder;
}

function packAll(): PackedPackage[] {
  const target = join(root, '.cache', 'e2e', 'tarballs');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const folders = [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'apps/trainer'];
  return folders
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const { name } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const output = run('pnpm', ['pack', '--json', '--pack-destination', target], join(root, folder));
      const { filename } = JSON.parse(output.slice(output.indexOf('{')));
      return { name, folder, tarball: filename };
    });
}

function run(command: string, args: string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${stdout}${stderr}`);
  }
}
