// Holds the parts of STYLE.md that a machine can see: names, lengths of files and functions, forbidden calls in
// libraries.
import { existsSync, readFileSync } from 'node:fs';
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
const functionLimit = 40;
/** Of functions that return markup. */
const viewLimit = 70;
const innerLoop = 'an inner loop: calls in it cost speed that was measured';
const oneObject = 'one object, whose methods share what they change';
const recipe = 'one recipe from the first step to the last, nothing in it happens twice';
/** Functions that are longer, up to `viewLimit`, each with the reason. */
const longOnPurpose = new Map([
  ['apps/demo/src/method/program.ts pretrainProgram', 'the text of a program'],
  ['apps/demo/src/method/scout-program.ts scoutProgram', 'the text of a program'],
  ['experiments/guided/classification.ts prepare', recipe],
  ['experiments/guided/gtl-rna.ts prepare', recipe],
  ['experiments/guided/gtl-sinusoid.ts prepare', recipe],
  ['apps/trainer/src/method/pretrain.ts pretrain', recipe],
  ['packages/datasets/src/download/opfs-store.ts openPartial', oneObject],
  ['packages/datasets/src/formats/inflate.ts #decode', innerLoop],
  ['packages/datasets/src/formats/number-table.ts #parseRows', innerLoop],
  ['packages/datasets/src/own-tables/cell-scanner.ts #row', innerLoop],
  ['packages/datasets/src/stages/interleave.ts interleaveSources', oneObject],
  ['packages/kernels/assembly/convolution.ts convolve', innerLoop],
  ['packages/kernels/assembly/convolution.ts windowRows', innerLoop],
  ['packages/kernels/assembly/gemm.ts microKernel', innerLoop],
  ['packages/kernels/assembly/normalisation.ts layerNormGradient', innerLoop],
  ['packages/kernels/assembly/pooling.ts maxPoolGradient', innerLoop],
  ['packages/kernels/src/composed/register.ts composedKernels', 'a table, an entry a kernel'],
  ['packages/training/src/weight-average.ts weightAverage', oneObject],
]);
const found = new Set();

const problems = [];
for (const file of trackedFiles()) {
  if (!/^(packages|apps|experiments)\//.test(file)) continue;
  const names = [...dirname(file).split('/').slice(1), basename(file).split('.')[0]];
  for (const name of names) {
    if (bannedNames.has(name)) problems.push(`${file}: "${name}" names no thing. Which noun is this?`);
  }
}

for (const file of ['packages', 'apps', 'experiments'].flatMap(sourceFiles)) {
  const source = readFileSync(join(root, file), 'utf8');
  const lineCount = source.split('\n').length - 1;
  if (!isTestFile(file) && lineCount > lineLimit) {
    problems.push(`${file}: ${lineCount} lines, the limit is ${lineLimit}. Does it hold more than one noun?`);
  }
  if (!isTestFile(file)) problems.push(...longFunctions(file, source));
  if (isTestFile(file) || !file.startsWith('packages/') || !file.includes('/src/')) continue;
  for (const [pattern, reason] of forbiddenInLibraries()) {
    const at = source.split('\n').findIndex((line) => pattern.test(codeOf(line)));
    if (at >= 0) problems.push(`${file}:${at + 1}: ${reason}`);
  }
}

for (const name of longOnPurpose.keys()) {
  const [file] = name.split(' ');
  if (existsSync(join(root, file)) && !found.has(name)) {
    problems.push(`${name} is not long any more. Take it off the list in scripts/check-style.mjs.`);
  }
}

/** Functions whose body has more lines than the limit. */
function longFunctions(file, source) {
  const long = [];
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) {
      const [first, last] = [node.body.getStart(), node.body.getEnd()].map(
        (position) => tree.getLineAndCharacterOfPosition(position).line,
      );
      const name = node.name?.getText() ?? 'a function';
      const isReasoned = longOnPurpose.has(`${file} ${name}`);
      const count = last - first - 1;
      if (isReasoned && count > functionLimit) found.add(`${file} ${name}`);
      const limit = isReasoned || file.endsWith('.tsx') ? viewLimit : functionLimit;
      if (count > limit) {
        long.push(`${file}:${first + 1}: ${name} has ${count} lines, the limit is ${limit}.`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return long;
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
