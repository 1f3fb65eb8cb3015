import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const everything = inject('everythingInstalled');

/** Licences that ask for no more than a notice. */
const permissive = new Set([
  'MIT',
  'MIT*',
  'ISC',
  '0BSD',
  'Unlicense',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'Apache-2.0 AND MIT',
  'BlueOak-1.0.0',
  'CC0-1.0',
  '(MIT OR CC0-1.0)',
  'Python-2.0',
]);

/** Others, each looked at: docs/dependencies.md says what follows from them. */
const considered = [/^@img\/sharp-libvips-.*: LGPL-3\.0-or-later$/, /^h5wasm: SEE LICENSE IN LICENSE\.txt$/];

/** Packages of others with install scripts. Everything works without them: the tests install with `--ignore-scripts`. */
const scriptsOfOthers = ['core-js', 'msgpackr-extract', 'onnxruntime-node', 'sharp'];

interface Manifest {
  name: string;
  license?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  optionalDependencies?: Record<string, string>;
}

const installed = installedBelow(join(everything, 'node_modules', '.pnpm'));

describe('what a user of everything installs', () => {
  it('is more than our packages', () => expect(installed.length).toBeGreaterThan(100));

  it('has licences that ask for no more than a notice, or were considered', () => {
    const others = installed
      .filter(({ license = 'none' }) => !permissive.has(license))
      .map(({ name, license }) => `${name}: ${license}`)
      .filter((entry) => !considered.some((pattern) => pattern.test(entry)));
    expect(others).toEqual([]);
  });

  it('runs no install script but those that are known and not needed', () => {
    const withScripts = installed
      .filter(({ scripts = {} }) => scripts.install ?? scripts.preinstall ?? scripts.postinstall)
      .map(({ name }) => name);
    expect(withScripts.filter((name) => !scriptsOfOthers.includes(name))).toEqual([]);
  });

  it('is listed with its reason, and nothing else is', () => {
    const page = readFileSync(join(root, 'docs', 'dependencies.md'), 'utf8');
    const listed = [
      ...page.matchAll(/^\| `([^`]+)`\s*\| ([a-z ]+?)\s*\| `([^`]+)`\s*\| (\S.*\S)\s*\|$/gm),
    ].map(([, name, kind, dependency]) => `${name}: ${kind} ${dependency}`);
    const asked = inject('packed').flatMap(({ folder }) => asksOf(folder));
    expect(listed.sort()).toEqual(asked.sort());
  });
});

function asksOf(folder: string): string[] {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const {
    dependencies = {},
    optionalDependencies = {},
    peerDependencies = {},
    peerDependenciesMeta = {},
  } = manifest;
  const label = manifest.name.replace('@warmstart/', '');
  const peers = Object.keys(peerDependencies).map((name) => {
    const kind = peerDependenciesMeta[name]?.optional ? 'optional peer' : 'peer';
    return `${label}: ${kind} ${name}`;
  });
  return [
    ...Object.keys(dependencies).map((name) => `${label}: dependency ${name}`),
    ...Object.keys(optionalDependencies).map((name) => `${label}: optional dependency ${name}`),
    ...peers,
  ].filter((line) => !line.includes(' @warmstart/'));
}

/** Manifests of all packages in pnpm's store of a project. */
function installedBelow(store: string): Manifest[] {
  const found = new Map<string, Manifest>();
  for (const entry of readdirSync(store)) {
    if (entry === 'node_modules' || entry.endsWith('.yaml') || entry.endsWith('.json')) continue;
    const modules = join(store, entry, 'node_modules');
    for (const name of packagesIn(modules)) {
      // only what lies here itself: the rest are links to other entries
      if (!entry.startsWith(name.replace('/', '+'))) continue;
      found.set(entry, JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')));
    }
  }
  return [...found.values()];
}

function packagesIn(modules: string): string[] {
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry) =>
    entry.name.startsWith('@')
      ? readdirSync(join(modules, entry.name)).map((name) => `${entry.name}/${name}`)
      : entry.name.startsWith('.')
        ? []
        : [entry.name],
  );
}
