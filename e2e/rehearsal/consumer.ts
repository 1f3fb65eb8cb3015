import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { type ReadmeProgram, readmePrograms } from '../readme-programs.js';
import { command } from './command.js';

export type Installer = 'npm' | 'pnpm';

/** The README's page of programs and the commands it tells people to install with. */
export interface Instructions {
  /** Lines of the first `sh` block that install something. */
  install: string[];
  programs: ReadmeProgram[];
}

/** Reads what a README tells its reader to do. */
export function instructionsOf(folder: string): Instructions {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const shell = readme.match(/^```sh\n([\s\S]*?)^```$/m)?.[1] ?? '';
  const install = shell
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line.startsWith('npm install'));
  return { install, programs: readmePrograms(readme) };
}

/**
 * An empty folder outside the repository in which a README's install commands were run, as they stand for npm,
 * as `pnpm add` for pnpm.
 */
export async function consumer(
  parent: string,
  installer: Installer,
  { install }: Instructions,
  npmrc: string,
): Promise<string> {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, `${installer}-`));
  writeFileSync(join(folder, '.npmrc'), npmrc);
  for (const line of install) {
    const words = line.replace(' --global', '').split(/\s+/).slice(2);
    const verb = installer === 'npm' ? ['npm', 'install', '--no-audit'] : ['pnpm', 'add'];
    await command([...verb, ...words], { cwd: folder });
  }
  return folder;
}

/** Runs a program of a README in a consumer's folder; imports stay as pasted. */
export async function runWith(node: string, folder: string, source: string): Promise<string> {
  const own = mkdtempSync(join(folder, 'program-'));
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
  };
  writeFileSync(join(own, 'program.mjs'), ts.transpileModule(source, { compilerOptions }).outputText);
  return (await command([node, 'program.mjs'], { cwd: own, timeoutMs: 240_000 })).trimEnd();
}
