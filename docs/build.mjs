// Builds the site: the reference from docstrings (TypeDoc, which fails on any warning), then every page (VitePress, which
// fails on dead links), and checks that linked headings are there.
// `npm run docs` serves it on loopback afterwards; `npm run docs -- --build` only builds, into `docs/.vitepress/dist`.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brokenLinks } from './check-anchors.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
rmSync(join(here, 'reference'), { recursive: true, force: true });
run('typedoc', '--logLevel', 'Warn');
run('vitepress', 'build');
const broken = brokenLinks(join(here, '.vitepress', 'dist'), process.env.WARMSTART_DOCS_BASE ?? '/');
if (broken.length > 0) {
  process.stderr.write(`docs: these links lead nowhere:\n  ${broken.join('\n  ')}\n`);
  process.exit(1);
}
if (!process.argv.includes('--build')) run('vitepress', 'preview', '--host', '127.0.0.1');

function run(tool, ...args) {
  const { status, error } = spawnSync(join(here, 'node_modules', '.bin', tool), args, {
    cwd: here,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
