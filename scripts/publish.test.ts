import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const stand = mkdtempSync(join(tmpdir(), 'warmstart-publish-'));
const published = new Set<string>();
/** What the stand-in for changesets publishes, attempt by attempt. */
let attempts: string[][] = [];
let publications = 0;

// a registry that `POST /publish` fills and that shows what it has; `changeset` below calls it
const registry: Server = createServer((request, response) => {
  if (request.url === '/publish') for (const name of attempts[publications++] ?? []) published.add(name);
  response.writeHead(request.url === '/publish' || published.has(request.url ?? '') ? 200 : 404).end('{}');
});
await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
afterAll(() => {
  registry.close();
  rmSync(stand, { recursive: true, force: true });
});

function write(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(stand, file)), { recursive: true });
  writeFileSync(join(stand, file), text, { mode });
}

const identity = { GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@localhost' };

function publish(who: NodeJS.ProcessEnv = identity): Promise<{ status: number | null; said: string }> {
  const child = spawn(process.execPath, [join(root, 'scripts', 'publish.mjs'), '--patience', '0'], {
    env: {
      ...process.env,
      ...who,
      WARMSTART_CHECKED: stand,
      PATH: join(stand, 'bin') + delimiter + process.env.PATH,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, said })));
}

beforeEach(() => {
  published.clear();
  publications = 0;
  write('packages/nn/package.json', '{"name":"@warmstart/nn","version":"0.2.0"}');
  write('packages/models/package.json', '{"name":"@warmstart/models","version":"0.2.0"}');
  write('apps/demo/package.json', '{"name":"@warmstart/demo","version":"0.0.0","private":true}');
  write('.npmrc', `@warmstart:registry=${address}/\n`);
  // ends well whatever it published, as changesets do after pnpm said so
  const calls = `await fetch('${address}/publish', { method: 'POST' });`;
  write('bin/changeset', `#!/usr/bin/env node\n(async () => { ${calls} })();\n`, 0o755);
});

describe.skipIf(process.platform === 'win32')('publish', () => {
  const [nn, models] = ['/@warmstart%2fnn/0.2.0', '/@warmstart%2fmodels/0.2.0'];

  it('publishes nothing when git could not tag it', async () => {
    const none = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
    const strict = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'user.useConfigOnly',
      GIT_CONFIG_VALUE_0: 'true',
    };
    const { status, said } = await publish({ ...none, ...strict });
    expect(said).toBe(
      'publish: git must know who tags, and does not. Set user.name and user.email, or give --no-git-tag.\n',
    );
    expect([status, publications]).toEqual([2, 0]);
  });

  it('is content when the registry has every public package', async () => {
    attempts = [[nn, models]];
    const { status, said } = await publish();
    expect(said).toBe('publish: the registry has all 2 packages\n');
    expect([status, publications]).toEqual([0, 1]);
  });

  it('tries again what a publication that ended well left out', async () => {
    attempts = [[nn], [models]];
    const { status, said } = await publish();
    expect(said).toContain('after attempt 1 the registry lacks @warmstart/models@0.2.0.');
    expect([status, publications]).toEqual([0, 2]);
  });

  it('fails, naming what is lacking, after three attempts', async () => {
    attempts = [[], [nn], []];
    const { status, said } = await publish();
    expect(said).toContain('publish: not published: @warmstart/models@0.2.0. Run it again.');
    expect([status, publications]).toEqual([1, 3]);
  });
});
