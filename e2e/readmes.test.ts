import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { runProgram } from './program.js';
import { readmePrograms } from './readme-programs.js';

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
