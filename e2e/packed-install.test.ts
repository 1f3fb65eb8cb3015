import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { install } from './packed-packages.js';

const packed = inject('packed');

describe.each(packed)('$name, packed and installed alone', ({ name, folder }) => {
  const project = install(`alone-${name.split('/')[1]}`, packed, [name]);
  const installed = join(project, 'node_modules', name);
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

  it('holds what it promises and nothing else', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).map((file) =>
      file.replaceAll('\\', '/'),
    );
    expect(files).toContain('LICENSE');
    expect(files).toContain('README.md');
    expect(files.filter((file) => /\.test\.|^src\/|^fixtures\/|tsconfig/.test(file))).toEqual([]);
    expect(JSON.stringify(manifest.exports ?? {})).not.toContain('@warmstart/source');
    expect(JSON.stringify(manifest)).not.toMatch(/workspace:|catalog:/);
    expect(manifest.scripts?.install ?? manifest.scripts?.postinstall).toBeUndefined();
  });

  const entries = Object.keys(manifest.exports ?? {}).filter((entry) => entry !== './package.json');
  it.each(entries)('can be imported: %s', (entry) => {
    const specifier = entry === '.' ? name : `${name}/${entry.slice(2)}`;
    const program = `const entry = await import(${JSON.stringify(specifier)}); console.log(Object.keys(entry).length);`;
    const count = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: project,
      encoding: 'utf8',
    });
    if (name === '@warmstart/shapes') expect(Number(count), 'types leave nothing to run').toBe(0);
    else expect(Number(count), `${specifier} (${folder}) exports something`).toBeGreaterThan(0);
  });
});
