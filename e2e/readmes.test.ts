import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, inject, it } from 'vitest';
import { readmePrograms } from './readme-programs.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = inject('everythingInstalled');
const readmes = ['README.md', ...inject('packed').map(({ folder }) => `${folder}/README.md`)];

describe.each(readmes)('%s', (readme) => {
  const programs = readmePrograms(readFileSync(join(root, readme), 'utf8'));

  it.skipIf(programs.length === 0).each(programs)(
    'runs as pasted: line $line',
    async ({ source, output }) => {
      const folder = mkdtempSync(join(project, 'readme-'));
      writeFileSync(join(folder, 'program.mjs'), transpiled(source));
      const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], {
        cwd: folder,
        timeout: 240_000,
      });
      if (output !== undefined) expect(stdout.trimEnd()).toBe(output);
    },
  );
});

function transpiled(source: string): string {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}
