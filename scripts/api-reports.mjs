// Writes `packages/*/api.md`: every public name with its declaration, from what `tsc` built (`dist/*.d.ts`), so that a
// change of surface shows in review. `npm run api` renews them; with `--check` a stale one is a failure.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root, workspaces } from './workspace.mjs';

const check = process.argv.includes('--check');
const packages = workspaces()
  .filter(({ isApp }) => !isApp)
  .map(({ folder }) => ({ folder, manifest: JSON.parse(read(join(folder, 'package.json'))) }))
  .map(({ folder, manifest }) => ({ folder, name: manifest.name, entries: entriesOf(folder, manifest) }));

const unbuilt = packages.flatMap(({ entries }) => entries).find(({ file }) => !existsSync(file));
if (unbuilt) {
  process.stderr.write(
    `api-reports: ${unbuilt.file} is not built. Run \`npm run api\`, which builds first.\n`,
  );
  process.exit(1);
}

const program = ts.createProgram(
  packages.flatMap(({ entries }) => entries.map(({ file }) => file)),
  {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    types: [],
    skipLibCheck: true,
  },
);
const checker = program.getTypeChecker();

const stale = [];
for (const { folder, name, entries } of packages) {
  const path = join(root, folder, 'api.md');
  const text = report(name, entries);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(`${folder}/api.md`);
  if (!check) writeFileSync(path, text);
}
if (check && stale.length > 0) {
  process.stderr.write(
    `The public surface changed: ${stale.join(', ')}. Run \`npm run api\` and commit it.\n`,
  );
  process.exit(1);
}
process.stdout.write(stale.length > 0 ? `renewed ${stale.join(', ')}\n` : 'api reports are up to date\n');

function entriesOf(folder, manifest) {
  return Object.entries(manifest.publishConfig.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([entry, { types }]) => ({
      specifier: manifest.name + entry.slice(1),
      file: join(root, folder, types),
    }));
}

function report(name, entries) {
  const lines = [
    `# ${name}: public surface`,
    '',
    'Made by `npm run api`. A change here is a change for users.',
    '',
  ];
  for (const { specifier, file } of entries) {
    const symbol = checker.getSymbolAtLocation(program.getSourceFile(file));
    const exported = checker.getExportsOfModule(symbol).sort((a, b) => order(a.name, b.name));
    lines.push(`## ${specifier}`, '', '```ts', exported.map(declarationsOf).join('\n\n'), '```', '');
  }
  return lines.join('\n');
}

/** Every declaration of an exported name, without comments and bodies; under the name it is exported by. */
function declarationsOf(symbol) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const texts = (target.declarations ?? []).map(printed);
  const renamed = target.name === symbol.name ? '' : `// exported as ${symbol.name}\n`;
  return renamed + [...new Set(texts)].join('\n');
}

function printed(declaration) {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  if (ts.isSourceFile(node)) return '// a whole module';
  const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });
  const text = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
  return text
    .replace(/^export /, '')
    .replace(/^declare /, '')
    .replace(/^ {4,}/gm, (spaces) => ' '.repeat(spaces.length / 2))
    .split('\n')
    .filter((line) => !/^\s*(private|#private)/.test(line))
    .join('\n');
}

function order(a, b) {
  return a < b ? -1 : 1;
}

function read(file) {
  return readFileSync(join(root, file), 'utf8');
}
