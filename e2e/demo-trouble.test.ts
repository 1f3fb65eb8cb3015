import { open } from '@warmstart/core-checkpoint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoPage, drop, openDemo, saved, smallTable } from './demo-page.js';

let demo: DemoPage;

beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo?.close());

/** Runs in the page: drops a file of 2 GB that takes no room, as it is made of one piece many times over. */
function dropSparseFile(name: string): void {
  const piece = new Blob([new Uint8Array(2 ** 20)]);
  const tensor = { dtype: 'F32', shape: [2 ** 29], data_offsets: [0, 2 ** 31] };
  const header = JSON.stringify({ large: tensor });
  const start = new DataView(new ArrayBuffer(8));
  start.setBigUint64(0, BigInt(header.length), true);
  const body = new Array<Blob>(2 ** 11).fill(piece);
  const parts = name.endsWith('.safetensors') ? [start.buffer, header, ...body] : body;
  const transfer = new DataTransfer();
  transfer.items.add(new File(parts, name));
  const zone = document.querySelector('.drop');
  zone?.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
}

describe('demo, in trouble', () => {
  it('refuses what it cannot read in words, and stays as it was', async () => {
    const { address, page } = demo;
    await page.goto(`${address}#/pretrain`);
    await page.getByText(/60 values each|240 values each/).waitFor();
    const alert = page.getByRole('alert');
    const rows = (columns: number) =>
      Buffer.from(`${'a,b,c'.slice(0, 2 * columns - 1)}\n${'1\n'.repeat(60)}`);
    const cases: [name: string, content: Buffer, said: RegExp][] = [
      ['one.csv', rows(1), /one\.csv has one column of numbers; .* at least two/],
      ['empty.csv', Buffer.alloc(0), /empty\.csv is empty/],
      ['header.csv', Buffer.from('a,b\n'), /header\.csv has no rows/],
      ['few.csv', Buffer.from('a,b\n1,2\n3,4\n'), /few\.csv has 2 rows; .* at least 30/],
      ['binary.csv', Buffer.alloc(9000), /binary\.csv is no table of text/],
      [
        'damaged.csv.gz',
        Buffer.from('no archive'),
        /damaged\.csv\.gz ends in \.gz but could not be unpacked/,
      ],
      ['damaged.mtx', Buffer.from('%%MatrixMarket nonsense\n'), /damaged\.mtx/],
      ['notes.docx', Buffer.from('PK'), /notes\.docx is neither a table nor a picture/],
    ];
    for (const [name, buffer, said] of cases) {
      await drop(page, { name, buffer });
      await expect.poll(() => alert.first().textContent(), { message: name }).toMatch(said);
    }
    await page.evaluate(dropSparseFile, 'large.csv');
    await expect.poll(() => alert.first().textContent()).toMatch(/large\.csv has 2048 MB; .* command line/);
    await page.getByRole('radio', { name: /Spambase/ }).check();
    await page.getByText(/57 values each/).waitFor();
    await expect.poll(() => alert.count()).toBe(0);
  });

  it('opens checkpoints lazily however large, and refuses those that are none', async () => {
    const { address, page } = demo;
    await page.goto(`${address}#/checkpoints`);
    await page.locator('.drop').waitFor();
    await page.evaluate(dropSparseFile, 'large.safetensors');
    await page.getByText('536,870,912', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    for (const [name, text] of [
      ['picture.png', '\x89PNG'],
      ['empty.pt', ''],
      ['torn.safetensors', '\xff\xff\xff\x7f\0\0\0\0{'],
    ] as const) {
      await drop(page, { name, buffer: Buffer.from(text, 'latin1') });
      await page
        .getByRole('alert')
        .filter({ hasText: `${name} was refused` })
        .waitFor();
    }
  });

  it('says that storage is full, trains on, and gives the encoder away', async () => {
    const { address, page, devtools } = demo;
    await page.goto(`${address}#/pretrain?steps=600`);
    await page.getByRole('radio', { name: /Spambase/ }).check();
    const { origin } = new URL(address);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 20_000 });
    await page.getByRole('button', { name: 'Pre-train', exact: true }).click();
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('no room left');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page
      .getByText(/Paused at step .* leave this tab open/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: /Continue from step [1-9]/ }).click();
    await page.getByText('The encoder could not be kept on this device').first().waitFor();
    await devtools.send('Storage.overrideQuotaForOrigin', { origin });
    const encoder = await open(await saved(page, 'encoder.safetensors'));
    expect(encoder.keys()).toContain('fc1.weight');
    await encoder.close();
  });

  it('says that the GPU was lost, and goes on without it', async () => {
    const { address, context } = demo;
    const page = await context.newPage();
    await page.goto(`${address}?engine=webgpu#/pretrain?steps=100`);
    await drop(page, { name: 'small.csv', buffer: smallTable(60) });
    await page.getByText(/60 rows, 3 values each/).waitFor();
    await page.getByRole('button', { name: /^Pre-train( again)?$/ }).click();
    await page.locator('footer [data-engine=webgpu]').waitFor();
    expect(await page.locator('footer').textContent()).toContain('WebGPU, google swiftshader');
    const browser = await context.browser()?.newBrowserCDPSession();
    // Chromium leaves this call without an answer: the process that would give it is gone
    void browser?.send('Browser.crashGpuProcess' as never);
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/GPU was lost.*another engine/);
    await page.locator('[data-status=done]').waitFor();
    expect(await page.locator('footer').textContent()).toContain('WebGPU was lost in this visit');
    expect(await page.locator('footer [data-engine]').getAttribute('data-engine')).toBe('wasm');
    await page.close();
  });
});
