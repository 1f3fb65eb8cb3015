// `npm run bench -- demo`: what the built demo weighs, how soon it answers, whether it stutters, whether it grows, and how
// soon it opens a checkpoint of gigabytes.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright';

const demo = fileURLToPath(new URL('../apps/demo/', import.meta.url));
const unpacked = fileURLToPath(new URL('../.cache/chromium-147.0.0/chromium', import.meta.url));
const executablePath = process.env.CHROME_PATH ?? unpacked;
const steps = 1200;

/** @param {{ report: (row: object) => void }} options */
export default async function bench({ report }) {
  if (!existsSync(`${demo}dist/index.html`) || !existsSync(executablePath)) {
    process.stdout.write('  needs the built demo and a Chromium: run npm run build and npm test first\n');
    return;
  }
  const server = spawn(process.execPath, [`${demo}serve.mjs`, '--port', '0']);
  const address = await new Promise((resolve) => {
    server.stdout.on('data', (text) => resolve(String(text).match(/http\S+/)[0]));
  });
  const browser = await chromium.launch({ executablePath, args: ['--headless=new', '--no-sandbox'] });
  try {
    await firstLoad(browser, address, report);
    await largeCheckpoint(browser, address, report);
    await training(browser, address, report);
  } finally {
    await browser.close();
    server.kill();
  }
}

async function firstLoad(browser, address, report) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const bodies = [];
  page.on('response', (response) => bodies.push(response.body().catch(() => Buffer.alloc(0))));
  await page.addInitScript(watch);
  await page.goto(address);
  await page.getByRole('slider').first().waitFor();
  const visit = await page.evaluate(timing);
  await page.getByText(/times closer/).waitFor();
  const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body, { level: 9 }).length);
  const kilobytes = sizes.reduce((sum, size) => sum + size, 0) / 1000;
  report({ task: 'first load, gzip', ours: kilobytes, unit: 'kB', target: '<= 250' });
  report({ task: 'first visit, interactive', ours: visit, unit: 'ms', target: '<= 2000' });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.getByRole('slider').first().waitFor();
  report({
    task: 'second visit, interactive',
    ours: await page.evaluate(timing),
    unit: 'ms',
    target: '<= 2000',
  });
  await context.close();
}

async function largeCheckpoint(browser, address, report) {
  const folder = mkdtempSync(join(tmpdir(), 'warmstart-bench-'));
  const file = join(folder, 'large.safetensors');
  const sizeBytes = writeZeros(file);
  const page = await (await browser.newContext()).newPage();
  try {
    await page.goto(`${address}#/checkpoints`);
    await page.locator('.drop > input').waitFor({ state: 'attached' });
    const opened = await page.evaluateHandle(timeOfOpening);
    await page.locator('.drop > input').setInputFiles(file);
    report({
      task: `opening a .safetensors of ${(sizeBytes / 1e9).toFixed(1)} GB`,
      ours: await opened.evaluate(({ ms }) => ms),
      unit: 'ms',
      note: 'from its choice to the list of its tensors',
    });
  } finally {
    await page.context().close();
    rmSync(folder, { recursive: true });
  }
}

/** Eight tensors of zeros; a sparse file where the file system has those. */
function writeZeros(file) {
  const bytes = 275e6;
  const tensors = Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [
      `layer.${index}.weight`,
      { dtype: 'F32', shape: [bytes / 4], data_offsets: [index * bytes, (index + 1) * bytes] },
    ]),
  );
  const header = Buffer.from(JSON.stringify(tensors));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(file, Buffer.concat([length, header]));
  const sizeBytes = 8 + header.length + 8 * bytes;
  truncateSync(file, sizeBytes);
  return sizeBytes;
}

async function training(browser, address, report) {
  const page = await (await browser.newContext()).newPage();
  await page.addInitScript(watch);
  await page.goto(`${address}?engine=wasm#/pretrain?steps=${steps}`);
  await page.getByRole('radio', { name: /Spambase/ }).check();
  await page.getByRole('button', { name: 'Pre-train', exact: true }).click();
  const devtools = await page.context().newCDPSession(page);
  const samples = [];
  for (;;) {
    const status = await page.locator('[data-status]').first();
    if ((await status.getAttribute('data-status')) === 'done') break;
    const tensors = Number(await status.getAttribute('data-tensors'));
    if (tensors > 0) samples.push({ tensors, heap: await heapAfterCollection(devtools) });
    await page.waitForTimeout(250);
  }
  const counts = samples.map(({ tensors }) => tensors);
  const grown = Math.max(...counts) - Math.min(...counts);
  report({ task: `tensors gained over ${steps} steps`, ours: grown, unit: 'tensors', target: '<= 0' });
  const later = samples.slice(Math.floor(samples.length / 4)).map(({ heap }) => heap);
  report({
    task: "page's JS heap gained after a quarter of them",
    ours: ((later.at(-1) ?? 0) - (later[0] ?? 0)) / 1e6,
    unit: 'MB',
    note: `from ${((later[0] ?? 0) / 1e6).toFixed(1)} MB, garbage collected`,
  });
  await reportTasks('longest task, pre-training', page, report);
  await page.goto(`${address}?engine=wasm#/guides?scouts=6`);
  await page.getByRole('button', { name: 'Send scouts' }).click();
  await page.locator('[data-scouts=done]').waitFor({ timeout: 90_000 });
  await reportTasks('longest task, scouting', page, report);
  await page.goto(`${address}?engine=wasm#/finetune?draws=2`);
  await page.getByRole('button', { name: 'Start the race' }).click();
  await page.locator('[data-race=done]').waitFor({ timeout: 120_000 });
  await reportTasks('longest task, racing', page, report);
}

async function reportTasks(task, page, report) {
  const longest = await page.evaluate(() => Math.max(0, ...globalThis.longTasks.splice(0)));
  report({ task, ours: longest, unit: 'ms', target: '<= 100', note: 'only those of over 50 ms are seen' });
}

async function heapAfterCollection(devtools) {
  await devtools.send('HeapProfiler.collectGarbage');
  return (await devtools.send('Runtime.getHeapUsage')).usedSize;
}

/** Runs in the page: notes how long each task of over 50 ms took. */
function watch() {
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longTasks.push(duration);
  }).observe({ entryTypes: ['longtask'] });
}

/** Runs in the page: how long the next chosen file takes until its tensors are listed. */
function timeOfOpening() {
  let chosen = 0;
  document.addEventListener('change', () => (chosen = performance.now()), { capture: true, once: true });
  const listed = new Promise((resolve) => {
    const seen = () => document.querySelector('article.file .tree') && resolve(performance.now() - chosen);
    new MutationObserver(seen).observe(document.body, { childList: true, subtree: true });
  });
  return { ms: listed };
}

/** Runs in the page: when its controls were there and its thread was free. */
async function timing() {
  await new Promise((resolve) => requestIdleCallback(resolve));
  return performance.now();
}
