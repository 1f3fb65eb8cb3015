import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';

/**
 * Runs a program as its reader would: in a folder of its own below `project`, where the packed packages are installed.
 *
 * @param source - TypeScript, an ES module
 * @param files - what lies beside it, by name
 * @returns its standard output, without the last line break
 */
export async function runProgram(
  source: string,
  project: string,
  files: Readonly<Record<string, Uint8Array>> = {},
): Promise<string> {
  const folder = mkdtempSync(join(project, 'program-'));
  // imports stay as pasted: one that only brings a backend must not be dropped as unused
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, 'program.mjs'), ts.transpileModule(source, { compilerOptions }).outputText);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], {
      cwd: folder,
      timeout: 240_000,
    });
    return stdout.trimEnd();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
