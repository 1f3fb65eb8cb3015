// Holds the parts of STYLE.md that a machine can see: names, lengths of files and functions, forbidden calls in
// libraries.
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript';
import { isTestFile, root, sourceFiles, trackedFiles } from './workspace.mjs';

const bannedNames = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'shared',
  'misc',
  'core',
  'types',
]);
const lineLimit = 300;
/** STYLE.md asks for 40; between the two a reviewer decides whether the reason is good, past this one nobody does. */
const functionLimit = 70;
/** Longer than the limit, with the reason. */
const waived = new Map([]);

const problems = [];
for (const file of trackedFiles()) {
  if (!/^(packages|apps)\//.test(file)) continue;
  const names = [...dirname(file).split('/').slice(2), basename(file).split('.')[0]];
  for (const name of names) {
    if (bannedNames.has(name)) problems.push(`${file}: "${name}" names no thing. Which noun is this?`);
  }
}

for (const file of sourceFiles('packages').concat(sourceFiles('apps'))) {
  const source = readFileSync(join(root, file), 'utf8');
  const lineCount = source.split('\n').length - 1;
  if (!isTestFile(file) && lineCount > lineLimit && !waived.has(file)) {
    problems.push(`${file}: ${lineCount} lines, the limit is ${lineLimit}. Does it hold more than one noun?`);
  }
  if (!isTestFile(file)) problems.push(...longFunctions(file, source));
  if (isTestFile(file) || !file.startsWith('packages/') || !file.includes('/src/')) continue;
  for (const [pattern, reason] of forbiddenInLibraries()) {
    const at = source.split('\n').findIndex((line) => pattern.test(codeOf(line)));
    if (at >= 0) problems.push(`${file}:${at + 1}: ${reason}`);
  }
}

/** Functions whose body has more lines than the limit. */
function longFunctions(file, source) {
  const found = [];
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) {
      const [first, last] = [node.body.getStart(), node.body.getEnd()].map(
        (position) => tree.getLineAndCharacterOfPosition(position).line,
      );
      if (last - first - 1 > functionLimit) {
        const name = node.name?.getText() ?? 'a function';
        found.push(
          `${file}:${first + 1}: ${name} has ${last - first - 1} lines, the limit is ${functionLimit}.`,
        );
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function forbiddenInLibraries() {
  return [
    [/\bMath\.random\b/, 'hidden randomness; take `random` as an argument.'],
    [/\bconsole\./, 'libraries do not print; emit an event or return it.'],
    [/\.dataSync\(/, 'dataSync stalls WebGPU; use `await data()`.'],
    [/\bsetBackend\(/, 'a library never chooses the backend.'],
  ];
}

/** A line without comments and without what it quotes. */
function codeOf(line) {
  return line
    .replace(/^\s*(\*|\/\/|\/\*).*$/, '')
    .replace(/(['"`])(?:(?!\1).)*\1/g, "''")
    .replace(/\s\/\/ .*$/, '');
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exit(1);
process.stdout.write('style holds\n');
