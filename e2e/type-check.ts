import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** How a user's project resolves packages. */
export type Resolution = 'NodeNext' | 'Bundler';

/**
 * Whether packages that were packed into a project brought their declarations: `npm run verify` builds them, `npm test`
 * does not, and without them everything of ours would be `any`.
 */
export function hasDeclarations(project: string): boolean {
  return existsSync(join(project, 'node_modules', '@warmstart', 'nn', 'dist', 'index.d.ts'));
}

/**
 * Type-checks programs that pages show as a new project would: strictly, and with `skipLibCheck`, which the declarations
 * of TensorFlow.js need.
 *
 * @returns what the compiler complains about
 */
export function typeErrors(folder: string, programs: readonly string[], resolution: Resolution): string[] {
  const own = mkdtempSync(join(folder, 'types-'));
  const files = programs.map((source, index) => {
    const file = join(own, `program-${index}.mts`);
    // a program without imports is a module all the same
    writeFileSync(file, `${source}\nexport {};\n`);
    return file;
  });
  return (
    ts
      .getPreEmitDiagnostics(ts.createProgram(files, optionsFor(resolution)))
      .map(spoken)
      // Node's own modules have their types in @types/node, which the reader has
      .filter((text) => !text.includes("Cannot find name 'node:"))
  );
}

/** Complaints about the declarations that packages of ours ship, which `skipLibCheck` would hide. */
export function declarationErrors(
  folder: string,
  specifiers: readonly string[],
  resolution: Resolution,
): string[] {
  const own = mkdtempSync(join(folder, 'types-'));
  const file = join(own, 'everything.mts');
  const lines = specifiers.map((specifier, index) => `export * as a${index} from '${specifier}';`);
  writeFileSync(file, lines.join('\n'));
  const options = { ...optionsFor(resolution), skipLibCheck: false };
  const program = ts.createProgram([file], options);
  const ours = program.getSourceFiles().filter(({ fileName }) => /\/@warmstart\//.test(fileName));
  if (ours.length === 0) return [`none of ${specifiers.join(', ')} has declarations`];
  return [program.getSourceFile(file), ...ours].flatMap((source) =>
    [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(spoken),
  );
}

function optionsFor(resolution: Resolution): ts.CompilerOptions {
  const node = resolution === 'NodeNext';
  return {
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: node ? ts.ModuleKind.NodeNext : ts.ModuleKind.ESNext,
    moduleResolution: node ? ts.ModuleResolutionKind.NodeNext : ts.ModuleResolutionKind.Bundler,
  };
}

function spoken({ file, start, messageText }: ts.Diagnostic): string {
  const place = file ? `${file.fileName}:${file.getLineAndCharacterOfPosition(start ?? 0).line + 1}: ` : '';
  return `${place}${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
