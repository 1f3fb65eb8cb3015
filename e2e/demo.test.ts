import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { open, toBytes } from '@warmstart/core-checkpoint';
import { type ModelKey, modelKeys } from '@warmstart/models';
import type { StateDict } from '@warmstart/shapes';
import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type DemoPage, demo, openDemo, privateFiles, saved, views } from './demo-page.js';
import { runProgram } from './program.js';

const axe = readFileSync(createRequire(`${demo}package.json`).resolve('axe-core/axe.min.js'), 'utf8');

const checkpointPath = /^warmstart-runs\/[\w-]+\/step-\d+\.safetensors$/;

interface Watched {
  longTasks: number[];
}

/** Runs in the page: notes how long each task of over 50 ms took. */
function watchLongTasks(): void {
  const watched = globalThis as unknown as Watched;
  watched.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watched.longTasks.push(duration);
  }).observe({ entryTypes: ['longtask'] });
}

let longestTaskMs: number;
let opened: DemoPage;
let address: string;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  opened = await openDemo();
  ({ address, context, page, complaints } = opened);
});
afterAll(() => opened?.close());

/** Runs in the page: small pictures of two colours, as PNG files. */
async function picturesInFolders(): Promise<{ name: string; base64: string }[]> {
  const made = [];
  for (let at = 0; at < 32; at++) {
    const canvas = new OffscreenCanvas(40, 30);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.fillStyle = at % 2 ? '#c33' : '#36c';
    context.fillRect(at % 13, at % 7, 20, 15);
    const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    made.push({ name: `${at}.png`, base64: btoa(String.fromCharCode(...bytes)) });
  }
  return made;
}

/** Runs in the page: share of test rows that an arm of the kept race had right on its first draw. */
function keptAccuracy(arm: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('keyval-store');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const getting = opening.result.transaction('keyval').objectStore('keyval').get('warmstart-race-2');
      getting.onerror = () => reject(getting.error);
      getting.onsuccess = () => {
        const standings = getting.result.standings as { name: string; perDraw: number[] }[];
        resolve(standings.find(({ name }) => name === arm)?.perDraw[0] ?? Number.NaN);
      };
    };
  });
}

function zeros(keys: readonly ModelKey[]): StateDict {
  return new Map(
    keys.map(({ key, shape }) => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      return [key, { dtype: 'float32', shape: [...shape], data }];
    }),
  );
}

describe('demo', () => {
  it('fetches at most 250 kB before an engine is asked for', async () => {
    const sizes: number[] = [];
    page.on('response', (response) => sizes.push(Number(response.headers()['content-length'] ?? 0)));
    await page.goto(address);
    await page.locator('#fan').waitFor();
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
  });

  it('draws fans of curves and says in numbers how far they are from the truth', async () => {
    await page.getByText(/times closer/).waitFor({ timeout: 60_000 });
    expect(await page.locator('.fan.scratch .curve').count()).toBe(12);
  });

  it('keeps the state of a page in its address', async () => {
    await page.goto(`${address}#/why?points=5&related=0.25`);
    await page.getByLabel('Training points').waitFor();
    expect(await page.getByLabel('Training points').inputValue()).toBe('5');
    await page.getByLabel('Training points').fill('7');
    await page.waitForURL(/points=7/);
  });

  it('refuses a hostile file in words, and runs nothing of it', async () => {
    await page.goto(`${address}#/checkpoints`);
    await page.getByRole('button', { name: 'Try a hostile file' }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('unsafe-global');
  });

  it('says what is wrong with a table of one column', async () => {
    await page.goto(`${address}#/pretrain`);
    const rows = Array.from({ length: 60 }, (_, row) => row).join('\n');
    const file = { name: 'one.csv', mimeType: 'text/csv', buffer: Buffer.from(`value\n${rows}\n`) };
    await page.locator('.drop > input').setInputFiles(file);
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('at least two');
  });

  it('pre-trains, survives its tab being closed, and goes on to the end', async () => {
    await page.goto(`${address}#/pretrain?steps=300`);
    await page.reload();
    await page.getByRole('radio', { name: /Spambase/ }).check();
    await page.evaluate(watchLongTasks);
    await page.getByRole('button', { name: 'Pre-train', exact: true }).click();
    await page.getByText(/kept up to step [1-9]\d+, in the browser's private file system/).waitFor();
    longestTaskMs = await page.evaluate(() => Math.max(0, ...(globalThis as unknown as Watched).longTasks));
    const closed = page;
    page = await context.newPage();
    await closed.close();
    await page.goto(`${address}#/pretrain`);
    await page.getByRole('button', { name: /Continue from step [1-9]\d+/ }).click();
    expect(await page.evaluate(privateFiles)).toContainEqual(expect.stringMatching(checkpointPath));
    await page.locator('[data-status=done]').waitFor();
    expect(await page.locator('footer [data-engine]').getAttribute('data-engine')).toBe('wasm');
    const skill = Number.parseFloat((await page.locator('.facts dd').first().textContent()) ?? '');
    expect(skill).toBeGreaterThan(5);
    const left = await page.evaluate(privateFiles);
    expect(left).toEqual([expect.stringMatching(/\/encoder\.safetensors$/)]);
  });

  it('keeps the main thread free while it trains', () => {
    expect(longestTaskMs).toBeLessThan(200); // 100 on a machine that does nothing else
  });

  it('exports the TypeScript program that does the same', async () => {
    await page.getByText('The TypeScript program that does the same').click();
    const program = (await page.locator('pre code').textContent()) ?? '';
    const printed = await runProgram(program, inject('everythingInstalled'));
    expect(printed).toContain('encoder.safetensors after 300 steps');
    const last = Number(printed.match(/^300 (\S+)$/m)?.[1]);
    expect(last).toBeGreaterThan(0.3);
    expect(last).toBeLessThan(0.9);
  });

  it('exports an encoder that opens elsewhere under the names of PyTorch', async () => {
    for (const [name, format] of [
      ['encoder.safetensors', 'safetensors'],
      ['encoder.pt', 'pytorch'],
    ] as const) {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name, exact: true }).click();
      const checkpoint = await open(await (await download).path());
      expect(checkpoint.format).toBe(format);
      expect(checkpoint.keys().sort()).toEqual(['fc1.bias', 'fc1.weight', 'fc2.bias', 'fc2.weight']);
      expect(checkpoint.info('fc1.weight').shape).toEqual([256, 57]);
      await checkpoint.close();
    }
  });

  it('scouts, then races all five arms', async () => {
    await page.goto(`${address}#/guides?scouts=6`);
    await page.getByRole('button', { name: 'Send scouts' }).click();
    await page.locator('[data-scouts=done]').waitFor({ timeout: 60_000 });
    expect(await page.locator('canvas').count()).toBe(4);
    await page.goto(`${address}#/finetune?draws=2&labels=10`);
    await page.getByRole('button', { name: 'Start the race' }).click();
    await page.locator('[data-race=done]').waitFor({ timeout: 90_000 });
    expect(await page.locator('.standings tbody tr').count()).toBe(5);
    await page.getByRole('button', { name: 'Predict', exact: true }).click();
    await page.locator('.shares').waitFor();
  });

  it('keeps the result of a race over a reload, and predicts a table of rows', async () => {
    await page.reload();
    await page.locator('.standings tbody tr').first().waitFor();
    await page.getByRole('button', { name: /^Predict all/ }).click();
    const text = String(await saved(page, 'predictions.csv'));
    const [header, ...lines] = text.trim().split('\r\n');
    expect(header).toBe('row,predicted,p(ham),p(spam)');
    expect(lines).toHaveLength(4601);
    expect(lines.every((line) => /,(ham|spam),(0\.\d{4}|1\.0000),/.test(line))).toBe(true);
  });

  it('exports a program that trains the guided classifier of the page again', async () => {
    await page.getByRole('radio', { name: 'guided', exact: true }).check();
    const classifier = await open(await saved(page, 'classifier.safetensors'));
    expect(classifier.keys()).toContain('head.weight');
    expect(classifier.info('encoder.fc1.weight').shape).toEqual([256, 57]);
    const program = String(await saved(page, 'finetune.ts'));
    await page.goto(`${address}#/guides`);
    const files = {
      'guides.safetensors': await saved(page, 'guides.safetensors'),
      'guided-base.safetensors': await saved(page, 'guided-base.safetensors'),
    };
    const printed = await runProgram(program, inject('everythingInstalled'), { files });
    const [, right, of] = printed.match(/^(\d+) of (\d+) test rows right$/m) ?? [];
    // other processors may round otherwise, and a row on the border falls to the other side
    expect(Number(right) / Number(of)).toBeCloseTo(await page.evaluate(keptAccuracy, 'guided'), 2);
  });

  it('labels rows by hand, keeps the labels, and races on them', async () => {
    await page.goto(`${address}#/finetune?draws=2&from=hand`);
    await page.getByLabel(/Names of the classes/).fill('left, right');
    await page.getByRole('button', { name: 'Use these' }).click();
    await page.locator('.desk table').waitFor();
    for (const [given, key] of [...'12121212'].entries()) {
      await page.locator('.desk[data-ready=true]').waitFor();
      await page.keyboard.press(key);
      await page.getByRole('heading', { name: `${given + 1} given` }).waitFor();
    }
    await page.getByText(/Enough to race/).waitFor();
    await page.reload();
    await page.getByText('left: 4 · right: 4.').waitFor();
    await page.getByRole('button', { name: 'Start the race' }).click();
    await page.locator('[data-race=running]').waitFor();
    await page.locator('[data-race=done]').waitFor({ timeout: 60_000 });
    expect(await page.locator('.verdict').textContent()).toContain('With 8 labels given by hand');
  });

  it('learns from dropped pictures', async () => {
    const files = await page.evaluate(picturesInFolders);
    await page.goto(`${address}#/pretrain?steps=100`);
    await page.locator('.drop > input').setInputFiles(
      files.map(({ name, base64 }) => ({
        name,
        mimeType: 'image/png',
        buffer: Buffer.from(base64, 'base64'),
      })),
    );
    await page.getByText('32 pictures, 1,728 values each').waitFor();
    expect(await page.getByRole('radio', { name: /patches of 4 × 4 pixels/ }).isChecked()).toBe(true);
  });

  it('names the network of the zoo that shards belong to', async () => {
    await page.goto(`${address}#/checkpoints`);
    const shard = (name: string, keys: readonly ModelKey[]) => ({
      name,
      mimeType: '',
      buffer: Buffer.from(toBytes(zeros(keys), 'safetensors')),
    });
    const keys = modelKeys('autoencoder');
    const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
    const weightMap = Object.fromEntries(keys.map(({ key }, at) => [key, names[at < 4 ? 0 : 1]]));
    await page.locator('.drop > input').setInputFiles([
      shard(names[0], keys.slice(0, 4)),
      shard(names[1], keys.slice(4)),
      {
        name: 'model.safetensors.index.json',
        mimeType: '',
        buffer: Buffer.from(JSON.stringify({ metadata: {}, weight_map: weightMap })),
      },
    ]);
    const verdict = page.locator('.zoo [role=status]');
    await expect.poll(() => verdict.textContent()).toContain(`All ${keys.length} tensors match`);
  });

  it('has no serious accessibility problem on any view, light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const view of views) {
        await page.goto(`${address}#/${view}`);
        await page.locator('main h1').waitFor();
        await page.evaluate(axe);
        // what is evaluated runs in the page, where axe has just been defined
        const found = await page.evaluate(async () => {
          const { violations } = await (
            globalThis as unknown as { axe: typeof import('axe-core') }
          ).axe.run();
          return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
        });
        expect(found, `${view}, ${colorScheme}`).toEqual([]);
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('fits a small screen without scrolling sideways', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const view of views) {
      await page.goto(`${address}#/${view}`);
      await page.locator('main h1').waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth), view).toBe(390);
    }
  });

  it('works without a network after the first visit', async () => {
    await page.evaluate(() => navigator.serviceWorker.ready);
    await context.setOffline(true);
    await page.reload();
    await page.goto(`${address}#/checkpoints`);
    await page.getByRole('button', { name: 'Open the encoder you trained here' }).click();
    await page.getByText('fc1').first().waitFor();
    await context.setOffline(false);
  });

  it('has complained about nothing', () => {
    expect(complaints).toEqual([]);
  });
});
