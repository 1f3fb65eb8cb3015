import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';
import { contentSecurityPolicy } from './content-security-policy.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: here,
  base: './',
  resolve: { conditions: ['@warmstart/source', ...defaultClientConditions] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: { target: 'es2022', chunkSizeWarningLimit: 1200, sourcemap: false, assetsInlineLimit: 2048 },
  plugins: [guarded(), offline()],
});

/** Writes the policy into the built page; the development server needs more than it allows. */
function guarded(): Plugin {
  return {
    name: 'warmstart:guarded',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** Tells the service worker which files make up this build, so that the second visit needs no network. */
function offline(): Plugin {
  return {
    name: 'warmstart:offline',
    apply: 'build',
    closeBundle() {
      const dist = join(here, 'dist');
      const files = readdirSync(dist, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== 'sw.js')
        .map((entry) => relative(dist, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .sort();
      const hash = createHash('sha256');
      for (const file of files) hash.update(file).update(readFileSync(join(dist, file)));
      const template = readFileSync(join(here, 'src/service-worker.js'), 'utf8');
      const text = template
        .replace("'BUILD'", JSON.stringify(hash.digest('hex').slice(0, 16)))
        .replace("['FILES']", JSON.stringify(files));
      writeFileSync(join(dist, 'sw.js'), text);
    },
  };
}
