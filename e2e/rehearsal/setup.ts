import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { startRegistry } from './local-registry.js';
import { type NodeVersion, nodeVersions } from './other-node.js';
import { copyOf, type Released, release, releaseSnapshot, tagsOf } from './release-copy.js';

declare module 'vitest' {
  export interface ProvidedContext {
    npmrc: string;
    registry: string;
    released: Released[];
    tags: string[];
    snapshots: Released[];
    nodes: NodeVersion[];
    /** Where consumers' folders go: outside the repository, so that nothing of it can be found from there. */
    consumers: string;
  }
}

/** Releases a copy of the working tree to a registry on loopback, then once more as a snapshot. */
export default async function setup(project: TestProject): Promise<() => void> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const cache = join(root, '.cache');
  const consumers = join(tmpdir(), `warmstart-rehearsal-${process.pid}`);
  const started = timed('a registry on loopback', () =>
    startRegistry(cache, join(cache, 'rehearsal', 'registry')),
  );
  try {
    const [{ found, missing }, registry, copy] = await Promise.all([
      timed('Node 20 and 24', () => nodeVersions(cache)),
      started,
      timed('a copy of the working tree, installed', () => copyOf(root, join(cache, 'rehearsal', 'copy'))),
    ]);
    for (const reason of missing) say(`skipped, not to be had: ${reason}`);
    project.provide('nodes', found);
    project.provide('npmrc', registry.npmrc);
    project.provide('registry', registry.address);
    const released = await timed('versions, builds, publishing', () => release(copy, root, registry));
    project.provide('released', released);
    project.provide('tags', await tagsOf(copy));
    project.provide('snapshots', await timed('a snapshot release', () => releaseSnapshot(copy)));
  } catch (error) {
    await started.then(
      ({ stop }) => stop(),
      () => {},
    );
    throw error;
  }
  const { stop } = await started;
  project.provide('consumers', consumers);
  return () => {
    stop();
    rmSync(consumers, { recursive: true, force: true });
  };
}

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const started = Date.now();
  const result = await work();
  say(`${what}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return result;
}

function say(text: string): void {
  process.stderr.write(`rehearsal: ${text}\n`);
}
