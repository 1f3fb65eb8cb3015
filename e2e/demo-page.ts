import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright';
import { chromiumArguments, chromiumPath } from './chromium.js';

export const demo = fileURLToPath(new URL('../apps/demo/', import.meta.url));
export const views = ['why', 'pretrain', 'finetune', 'guides', 'checkpoints'];

/** The built demo in a browser of its own, as a person would have it before them. */
export interface DemoPage {
  address: string;
  context: BrowserContext;
  page: Page;
  /** Chromium's own protocol, for what a person does outside the page */
  devtools: CDPSession;
  /** Whatever the page complains about; a test that expects nothing says so. */
  complaints: string[];
  close(): Promise<void>;
}

export async function openDemo(): Promise<DemoPage> {
  const server = spawn(process.execPath, [`${demo}serve.mjs`, '--port', '0']);
  const address = await new Promise<string>((resolve, reject) => {
    server.stdout?.on('data', (text) => resolve(String(text).match(/http\S+/)?.[0] ?? ''));
    server.stderr?.on('data', (text) => reject(new Error(String(text))));
  });
  const browser = await chromium.launch({ executablePath: await chromiumPath(), args: chromiumArguments });
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 900 } });
  const complaints: string[] = [];
  context.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  context.on('weberror', (error) => complaints.push(error.error().message));
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  const close = async () => {
    await browser.close();
    server.kill();
  };
  return { address, context, page, devtools, complaints, close };
}

/** What a click on the button of that name gives to keep. */
export async function saved(page: Page, name: string): Promise<Buffer> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name, exact: true }).click();
  return readFileSync(await (await download).path());
}

/** Hands files to the page's drop zone, by the input behind it. */
export function drop(page: Page, ...files: { name: string; buffer: Buffer }[]): Promise<void> {
  const given = files.map((file) => ({ ...file, mimeType: '' }));
  return page.locator('.drop > input').setInputFiles(given);
}

/** A table of four columns that hang together, with a class in the last. */
export function smallTable(rows: number): Buffer {
  const lines = Array.from({ length: rows }, (_, at) => {
    const [a, b] = [Math.sin(at), Math.cos(1.3 * at)];
    return [a, b, a + b, a > b ? 'over' : 'under'].join();
  });
  return Buffer.from(`a,b,sum,side\n${lines.join('\n')}\n`);
}

/** Runs in the page: the files of the origin private file system, by path. */
export async function privateFiles(): Promise<string[]> {
  const found: string[] = [];
  const listIn = async (folder: FileSystemDirectoryHandle, path: string) => {
    const listed = folder as unknown as { entries(): AsyncIterable<[string, FileSystemHandle]> };
    for await (const [name, handle] of listed.entries()) {
      if (handle.kind === 'file') found.push(`${path}${name}`);
      else await listIn(handle as FileSystemDirectoryHandle, `${path}${name}/`);
    }
  };
  await listIn(await navigator.storage.getDirectory(), '');
  return found;
}
