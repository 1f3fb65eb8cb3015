import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { command } from './command.js';
import { consumer } from './consumer.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [released, snapshots, registry] = [inject('released'), inject('snapshots'), inject('registry')];

describe('the release', () => {
  it('gives every package one new version in step, and a tag', () => {
    expect(new Set(released.map(({ version }) => version)).size).toBe(1);
    expect(released[0]?.version).not.toBe('0.0.0');
    expect(inject('tags')).toEqual(
      expect.arrayContaining(released.map(({ name, version }) => `${name}@${version}`)),
    );
  });

  it.each(released)('$name has a changelog for its users', ({ folder, version }) => {
    const changelog = readFileSync(join(folder, 'CHANGELOG.md'), 'utf8');
    expect(changelog).toContain(`## ${version}`);
    expect(changelog).toMatch(/^- \S/m);
  });

  it('serves packages that resolve everywhere', async () => {
    const folder = join(inject('consumers'), 'tarballs');
    mkdirSync(folder, { recursive: true });
    const files = released.map(async ({ name, version }) => {
      const file = `${name.split('/')[1]}-${version}.tgz`;
      const answer = await fetch(`${registry}${name}/-/${file}`);
      writeFileSync(join(folder, file), new Uint8Array(await answer.arrayBuffer()));
      return join(folder, file);
    });
    const lint = [process.execPath, 'scripts/lint-packages.mjs', ...(await Promise.all(files))];
    expect(await command(lint, { cwd: root })).toBe(`${released.length} packages resolve everywhere\n`);
  });

  it('left no workspace or catalogue reference in what was published', async () => {
    for (const { name } of released) {
      const { versions } = (await (await fetch(`${registry}${name}`)).json()) as { versions: object };
      expect(JSON.stringify(versions), name).not.toMatch(/workspace:|catalog:|@warmstart\/source/);
    }
  });
});

describe('the snapshot', () => {
  it('is a version of its own under its own tag; latest stays the release', async () => {
    for (const [index, { name, version }] of snapshots.entries()) {
      expect(version).toMatch(/-canary-/);
      const { 'dist-tags': tags } = (await (await fetch(`${registry}${name}`)).json()) as {
        'dist-tags': Record<string, string>;
      };
      expect(tags).toEqual({ canary: version, latest: released[index]?.version });
    }
  });

  it('brings the snapshots of what it depends on', async () => {
    const instructions = {
      install: ['npm install @warmstart/finetune-heads@canary @tensorflow/tfjs@4.22.0'],
      programs: [],
    };
    const project = await consumer(
      join(inject('consumers'), 'snapshot'),
      'npm',
      instructions,
      inject('npmrc'),
    );
    for (const name of ['@warmstart/finetune-heads', '@warmstart/nn']) {
      const manifest = JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8'));
      expect(manifest.version).toBe(snapshots.find((snapshot) => snapshot.name === name)?.version);
    }
  });
});
