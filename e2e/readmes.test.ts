import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { runProgram } from './program.js';
import { importsOfUnrunBlocks, readmePrograms } from './readme-programs.js';
import { hasDeclarations, typeErrors } from './type-check.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = inject('everythingInstalled');
const readmes = ['README.md', ...inject('packed').map(({ folder }) => `${folder}/README.md`)]
  .map((readme) => ({ readme, programs: readmePrograms(readFileSync(join(root, readme), 'utf8')) }))
  .filter(({ programs }) => programs.length > 0);

describe.each(readmes)('$readme', ({ programs }) => {
  it.each(programs)('runs as pasted: line $line', async ({ source, output }) => {
    const printed = await runProgram(source, project);
    if (output !== undefined) expect(printed).toBe(output);
  });
});

describe('the programs of packages', () => {
  it.skipIf(!hasDeclarations(project))('are typed strictly', () => {
    const ofPackages = readmes.filter(({ readme }) => readme !== 'README.md'); // whose program is an .mjs
    const programs = ofPackages.flatMap((page) => page.programs.map(({ source }) => source));
    expect(programs.length).toBeGreaterThan(10);
    expect(typeErrors(project, programs, 'NodeNext')).toEqual([]);
  });
});

describe("blocks that need what tests lack: a network, a Redis, a GPU, the reader's own files", () => {
  const listed = ['ls-files', '--', '*.md'];
  const pages = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).trim().split('\n');
  const imports = pages.flatMap((page) => importsOfUnrunBlocks(readFileSync(join(root, page), 'utf8')));

  it.skipIf(!hasDeclarations(project))('import names that there are', () => {
    expect(imports.length).toBeGreaterThan(4);
    expect(typeErrors(project, imports, 'NodeNext')).toEqual([]);
  });
});
