// Serves the built page on this machine only, with the headers that let it share memory between threads.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { contentSecurityPolicy } from './content-security-policy.mjs';

const dist = fileURLToPath(new URL('dist', import.meta.url));
const kinds = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
};

const port = portOf(process.argv.slice(2));
if (!existsSync(join(dist, 'index.html'))) {
  fail('demo: the page is not built yet. Run "npm run demo" from the root of the repository.', 1);
}

const server = createServer((request, response) => {
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Content-Security-Policy', `${contentSecurityPolicy}; frame-ancestors 'none'`);
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, 'Only GET.');
  const file = fileOf(request.url ?? '/');
  if (!file) return end(response, 404, 'No such file.');
  // file names under assets/ carry a hash of what is in them
  const isHashed = file.startsWith(join(dist, 'assets') + sep);
  response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  response.setHeader('Content-Type', kinds[extname(file)] ?? 'application/octet-stream');
  response.setHeader('Content-Length', statSync(file).size);
  if (request.method === 'HEAD') return response.end();
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
});

server.on('error', (error) => {
  if (error.code === 'EADDRINUSE') {
    fail(
      `demo: port must be free, ${port} is taken. Run "npm run demo -- --port ${port + 1}", or --port 0 for any.`,
      1,
    );
  }
  if (error.code === 'EACCES') fail(`demo: port ${port} may not be used by you. Choose one above 1023.`, 1);
  fail(`demo: the server could not start: ${error.message}`, 1);
});
server.listen(port, '127.0.0.1', () => {
  process.stdout.write(`Warmstart demo: http://localhost:${server.address().port}/\n`);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    server.closeAllConnections();
    server.close(() => process.exit(0));
  });
}

/** @returns a file of the build, never one outside it */
function fileOf(url) {
  let path;
  try {
    path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
  } catch {
    return undefined;
  }
  if (path.includes('\0')) return undefined;
  const file = normalize(join(dist, path.endsWith('/') ? `${path}index.html` : path));
  if (!file.startsWith(dist + sep) || !existsSync(file) || !statSync(file).isFile()) return undefined;
  return file;
}

function portOf(args) {
  if (args.length === 0) return 4173;
  const [flag = '', value = ''] = args[0].includes('=') ? args[0].split('=') : args;
  const extra = args.length > (args[0].includes('=') ? 1 : 2);
  if (flag !== '--port' || extra) fail(`demo: the only option is --port N, got "${args.join(' ')}".`, 2);
  const number = Number(value);
  if (value === '' || !Number.isInteger(number) || number < 0 || number > 65535) {
    fail(`demo: --port must be a whole number from 0 to 65535, got "${value}".`, 2);
  }
  return number;
}

function end(response, status, text) {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}

function fail(text, code) {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
