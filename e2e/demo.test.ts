import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { open } from '@warmstart/core-checkpoint';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chromiumArguments, chromiumPath } from './chromium.js';
import { runProgram } from './program.js';

const demo = fileURLToPath(new URL('../apps/demo/', import.meta.url));
const axe = readFileSync(createRequire(`${demo}package.json`).resolve('axe-core/axe.min.js'), 'utf8');
const views = ['why', 'pretrain', 'finetune', 'guides', 'checkpoints'];

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
let server: ChildProcess;
let address: string;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** Whatever the page complains about; a test that expects nothing says so. */
let complaints: string[];

beforeAll(async () => {
  server = spawn(process.execPath, [`${demo}serve.mjs`, '--port', '0']);
  address = await new Promise<string>((resolve, reject) => {
    server.stdout?.on('data', (text) => resolve(String(text).match(/http\S+/)?.[0] ?? ''));
    server.stderr?.on('data', (text) => reject(new Error(String(text))));
  });
  browser = await chromium.launch({ executablePath: await chromiumPath(), args: chromiumArguments });
  complaints = [];
  context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
});

afterAll(async () => {
  await browser?.close();
  server?.kill();
});

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
    await page.locator('input[type=file]').setInputFiles(file);
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('at least two');
  });

  it('pre-trains, is paused, survives a reload and goes on to the end', async () => {
    await page.goto(`${address}#/pretrain?steps=300`);
    await page.reload();
    await page.getByRole('radio', { name: /Spambase/ }).check();
    await page.evaluate(watchLongTasks);
    await page.getByRole('button', { name: 'Pre-train', exact: true }).click();
    await page.getByText(/kept up to step [1-9]/).waitFor({ timeout: 60_000 });
    longestTaskMs = await page.evaluate(() => Math.max(0, ...(globalThis as unknown as Watched).longTasks));
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('[data-status=paused]').waitFor();
    await page.reload();
    await page.getByRole('button', { name: /Continue from step/ }).click();
    await page.locator('[data-status=done]').waitFor({ timeout: 60_000 });
    expect(await page.locator('footer [data-engine]').getAttribute('data-engine')).toBe('wasm');
    const skill = Number.parseFloat((await page.locator('.facts dd').first().textContent()) ?? '');
    expect(skill).toBeGreaterThan(5);
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
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.locator('.shares').waitFor();
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
