import { open } from '@warmstart/core-checkpoint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoPage, openDemo, saved } from './demo-page.js';

let demo: DemoPage;

beforeAll(async () => {
  demo = await openDemo();
});
afterAll(() => demo?.close());

describe('demo, in trouble', () => {
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
});
