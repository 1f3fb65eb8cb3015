// What a user of every package installs: packs them all, installs the tarballs with npm and without scripts, then asks
// npm for known advisories and for a software bill of materials (CycloneDX). `npm run supply-chain -- --out FILE`.
// `--require-audit` fails where the registry has no advisories to give (mirrors often do not): releases use it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root, workspaces } from './workspace.mjs';

const { values } = parseArgs({ options: { out: { type: 'string' }, 'require-audit': { type: 'boolean' } } });
const folder = join(root, '.cache', 'supply-chain');
const out = resolve(values.out ?? join(folder, 'warmstart.cdx.json'));

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const packed = workspaces().flatMap(pack);
const files = Object.fromEntries(packed.map(({ name, file }) => [name, `file:${file}`]));
writeFileSync(
  join(folder, 'package.json'),
  JSON.stringify({
    name: 'everything-of-warmstart',
    version: packed[0].version,
    private: true,
    dependencies: files,
    overrides: Object.fromEntries(Object.keys(files).map((name) => [name, `$${name}`])),
  }),
);
npm('install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent');

audit();
const bill = npm('sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev').stdout;
const { components } = JSON.parse(bill);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, bill);
process.stdout.write(`bill of materials: ${components.length} components, ${out}\n`);

function pack({ folder: workspace }) {
  const {
    name,
    version,
    private: isPrivate,
  } = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8'));
  if (isPrivate) return [];
  const { stdout } = run('pnpm', ['pack', '--json', '--pack-destination', folder], join(root, workspace));
  return [{ name, version, file: JSON.parse(stdout.slice(stdout.indexOf('{'))).filename }];
}

function audit() {
  const { status, stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const found = stdout.startsWith('{') ? JSON.parse(stdout) : {};
  if (status === 0) return process.stdout.write('advisories: none known\n');
  if (found.vulnerabilities) {
    const names = Object.values(found.vulnerabilities).map(({ name, severity }) => `${name} (${severity})`);
    fail(`advisories: ${names.join(', ')}. Run \`npm audit\` in ${folder} for more.`);
  }
  const reason = stderr.match(/\d{3} [A-Z][^\n]*/)?.[0] ?? found.message ?? `exit code ${status}`;
  if (values['require-audit']) fail(`advisories: npm could not ask for them: ${reason}`);
  process.stdout.write(`advisories: not checked, the registry has none to give (${reason})\n`);
}

function npm(...args) {
  return run('npm', args, folder);
}

function run(command, args, cwd) {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) fail(`${command} ${args.join(' ')} failed:\n${result.stdout}${result.stderr}`);
  return result;
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
