import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command } from './command.js';

/** 6.8.0 is the last verdaccio for Node 20. It asks for a tag of node-fetch that not every mirror serves. */
const verdaccio = {
  private: true,
  dependencies: { verdaccio: '6.8.0' },
  overrides: { 'node-fetch': '2.7.0' },
};

/** A real npm registry on loopback that knows `@warmstart/*` and nothing else. */
export interface LocalRegistry {
  address: string;
  /** Lines for an `.npmrc`: ours from here, everything else from wherever the user's npm looks. */
  npmrc: string;
  stop(): void;
}

/** Fetches verdaccio once into `cache`, starts it on a free port with an empty storage in `work`. */
export async function startRegistry(cache: string, work: string): Promise<LocalRegistry> {
  const home = join(cache, `verdaccio-${verdaccio.dependencies.verdaccio}`);
  const program = join(home, 'node_modules', 'verdaccio', 'bin', 'verdaccio');
  if (!existsSync(program)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), JSON.stringify(verdaccio));
    await command(['npm', 'install', '--silent', '--no-audit', '--no-fund'], { cwd: home });
  }
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'verdaccio.yaml'), settings);
  const host = `127.0.0.1:${await freePort()}`;
  const server = spawn(process.execPath, [program, '-l', host, '-c', join(work, 'verdaccio.yaml')], {
    stdio: 'ignore',
  });
  await answers(server, host);
  return {
    address: `http://${host}/`,
    npmrc: `@warmstart:registry=http://${host}/\n//${host}/:_authToken=loopback\n`,
    stop: () => server.kill(),
  };
}

const settings = `storage: ./storage
auth: { htpasswd: { file: ./htpasswd } }
uplinks: {}
packages: { "@warmstart/*": { access: $all, publish: $all } }
max_body_size: 50mb
log: { type: stdout, format: pretty, level: error }
`;

async function answers(server: ChildProcess, host: string): Promise<void> {
  for (let attempt = 0; attempt < 120; attempt++) {
    if (server.exitCode !== null) break;
    const { ok } = await fetch(`http://${host}/-/ping`).catch(() => ({ ok: false }));
    if (ok) return;
    await sleep(500);
  }
  server.kill();
  throw new Error(`rehearsal: verdaccio did not answer on ${host} within a minute.`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
