import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { format } from 'node:util';
import type { Browser } from 'playwright';
import ts from 'typescript';
import { build } from 'vite';

/** A page that Vite built from a program, and what it is made of. */
export interface BrowserPage {
  /** Its folder. */
  folder: string;
  /** All its scripts, one after the other. */
  code: string;
}

/**
 * Bundles a program for browsers with Vite's own settings, in a project where packages are installed.
 *
 * @param source - TypeScript, an ES module; `console.log` of it is what `printedBy` gives
 * @throws {Error} on any warning: something meant for Node in a page is one
 */
export async function buildPage(project: string, source: string): Promise<BrowserPage> {
  const own = mkdtempSync(join(project, 'page-'));
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    verbatimModuleSyntax: true,
  };
  writeFileSync(join(own, 'program.js'), ts.transpileModule(source, { compilerOptions }).outputText);
  writeFileSync(join(own, 'index.html'), page);
  const warnings: string[] = [];
  const built = await build({
    root: own,
    configFile: false,
    logLevel: 'silent',
    build: {
      target: 'es2022',
      rolldownOptions: { onwarn: (warning) => warnings.push(String(warning.message)) },
    },
  });
  const ours = warnings.filter((warning) => warning.includes('@warmstart') || warning.includes('node:'));
  if (ours.length > 0) throw new Error(`vite warns about a page made of ${source}:\n${ours.join('\n')}`);
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((result) =>
    'output' in result ? result.output : [],
  );
  const code = outputs.map((output) => (output.type === 'chunk' ? output.code : '')).join('\n');
  return { folder: join(own, 'dist'), code };
}

/** Opens a page in a browser, from a server on loopback, cross-origin isolated. @returns what it printed */
export async function printedBy(browser: Browser, { folder }: BrowserPage): Promise<string> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
    const file = join(folder, path === '/' ? 'index.html' : path);
    try {
      const body = readFileSync(file);
      response.writeHead(200, {
        'Content-Type': kinds[extname(file)] ?? 'application/octet-stream',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const tab = await browser.newPage();
  const errors: string[] = [];
  tab.on('pageerror', (error) => errors.push(error.message));
  try {
    await tab.goto(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`);
    await tab.waitForFunction(() => document.title !== 'running', undefined, { timeout: 120_000 });
    if ((await tab.title()) !== 'done') throw new Error(`the page failed: ${await tab.title()} ${errors}`);
    const printed = await tab.evaluate(() => (globalThis as unknown as { printed: unknown[][] }).printed);
    return printed
      .map((values) => format(...values))
      .filter((line) => !fallback.test(line))
      .join('\n');
  } finally {
    await tab.close();
    server.close();
  }
}

/** TensorFlow.js tells the console when a page has no WebGL; it computes on the CPU then. */
const fallback = /^(Could not get context for WebGL|Initialization of backend webgl failed)/;

const kinds: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

const page = `<!doctype html>
<title>running</title>
<link rel="icon" href="data:," />
<script type="module">
  globalThis.printed = [];
  console.log = (...values) => printed.push(values);
  import('./program.js').then(
    () => (document.title = 'done'),
    (error) => (document.title = String(error?.stack ?? error)),
  );
</script>
`;
