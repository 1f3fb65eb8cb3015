import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildPage, printedBy } from '../browser-page.js';
import { browserTrials } from '../browser-programs.js';
import { chromiumArguments, chromiumPath } from '../chromium.js';
import { declarationErrors, type Resolution, typeErrors } from '../type-check.js';
import { command } from './command.js';
import { consumer, type Installer, instructionsOf, runWith } from './consumer.js';

const [npmrc, consumers, nodes] = [inject('npmrc'), inject('consumers'), inject('nodes')];
const libraries = inject('released').filter(({ name }) => name !== '@warmstart/trainer');
const installers: Installer[] = ['npm', 'pnpm'];

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: await chromiumPath(), args: chromiumArguments });
});
afterAll(() => browser?.close());

// what waits for an installation lets another package's go on; each test installs what it needs, once
describe.concurrent.each(libraries)('$name $version, by its README alone', ({ name, version, folder }) => {
  const instructions = instructionsOf(folder);
  const label = name.replace('@warmstart/', '');
  const { [name]: trial } = browserTrials;
  const installed: Partial<Record<Installer, Promise<string>>> = {};
  const installedBy = (installer: Installer) => {
    installed[installer] ??= consumer(join(consumers, label), installer, instructions, npmrc);
    return installed[installer];
  };

  it.each(installers)('is installed by %s into an empty folder', async (installer) => {
    expect(instructions.install.join(' '), 'the README says how to install it').toContain(name);
    const project = await installedBy(installer);
    const manifest = JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8'));
    expect(manifest.version).toBe(version);
  });

  describe.each(installers)('installed by %s', (installer) => {
    // what npm installed runs in every Node, what pnpm installed in this one: its folders differ, its files do not
    const tried = installer === 'npm' ? nodes : nodes.filter(({ path }) => path === process.execPath);
    for (const { major, path } of tried) {
      it(`its programs run in Node ${major} and print what the README says`, async () => {
        for (const { source, output, line } of instructions.programs) {
          const printed = await runWith(path, await installedBy(installer), source);
          if (output !== undefined) expect(printed, `line ${line}`).toBe(output);
        }
      });
    }

    // npm's flat folders for both; pnpm's strict ones hide no missing dependency from NodeNext
    const resolutions: Resolution[] = installer === 'npm' ? ['NodeNext', 'Bundler'] : ['NodeNext'];
    it.each(resolutions)('its programs and declarations are typed under %s', async (resolution) => {
      const project = await installedBy(installer);
      const programs = instructions.programs.map(({ source }) => source);
      expect(typeErrors(project, programs, resolution)).toEqual([]);
      expect(declarationErrors(project, entriesOf(project, name), resolution)).toEqual([]);
    });
  });

  it('can be required from CommonJS, as Node lets ES modules be', async () => {
    const program = `console.log(Object.keys(require(${JSON.stringify(name)})).length)`;
    const options = { cwd: await installedBy('npm'), encoding: 'utf8' as const };
    const count = execFileSync(process.execPath, ['--no-warnings', '-e', program], options);
    expect(Number(count)).toBeGreaterThan(0);
  });

  it.skipIf(trial !== undefined && trial !== 'readme' && 'nodeOnly' in trial)(
    'is bundled by Vite and runs in Chromium',
    async () => {
      const first = instructions.programs[0] ?? expect.unreachable('the README has no program');
      const { source, output } = typeof trial === 'object' && 'source' in trial ? trial : first;
      expect(await printedBy(browser, await buildPage(await installedBy('npm'), source))).toBe(output);
    },
  );
});

describe('@warmstart/trainer, by its README alone', () => {
  const trainer = inject('released').find(({ name }) => name === '@warmstart/trainer');

  it.each(installers)('installed by %s, runs the whole method', async (installer) => {
    const instructions = instructionsOf(trainer?.folder ?? '');
    const project = await consumer(join(consumers, 'trainer'), installer, instructions, npmrc);
    const cli = join(project, 'node_modules', '@warmstart', 'trainer', 'dist', 'cli.js');
    for (const { path } of nodes) {
      const said = await command([path, cli, '--version'], { cwd: project });
      expect(said.trim()).toBe(trainer?.version);
    }
    const line = [join(project, 'node_modules', '.bin', 'warmstart'), 'quickstart', '--quick', '--json'];
    const results = (await command(line, { cwd: project })).trim().split('\n');
    expect(results.map((text) => JSON.parse(text).dataset)).toContain('spambase');
  });
});

function entriesOf(project: string, name: string): string[] {
  const manifest = JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8'));
  return Object.keys(manifest.exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => name + entry.slice(1));
}
