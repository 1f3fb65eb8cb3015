// Draws docs/screenshots anew from the built page: every view, two widths, both colour schemes. Run it after a build:
// node apps/demo/screenshots.mjs
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';

const here = fileURLToPath(new URL('.', import.meta.url));
const target = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const executablePath =
  process.env.CHROME_PATH ??
  fileURLToPath(new URL('../../.cache/chromium-147.0.0/chromium', import.meta.url));

const server = spawn(process.execPath, [`${here}serve.mjs`, '--port', '0']);
const address = await new Promise((resolve) => {
  server.stdout.on('data', (text) => resolve(String(text).match(/http\S+/)[0]));
});
const browser = await chromium.launch({ executablePath, args: ['--headless=new', '--no-sandbox'] });
const context = await browser.newContext({ locale: 'en-US', deviceScaleFactor: 1 });
const page = await context.newPage();
page.setDefaultTimeout(90_000);

try {
  for (const view of ['pretrain', 'guides', 'checkpoints']) {
    await page.goto(`${address}#/${view}`);
    await page
      .getByText(view === 'pretrain' ? /60 values each|240 values each/ : /./)
      .first()
      .waitFor();
    await shoot(`${view}-empty`);
  }
  await page.getByRole('button', { name: 'Try a hostile file' }).click();
  await page.getByRole('alert').waitFor();
  await shoot('checkpoints-hostile');
  await page.goto(`${address}#/why`);
  await page.getByText(/times closer/).waitFor();
  await shoot('why', { dark: true });
  await learnFromPictures();
  await learnFromRows();
  await page.goto(`${address}#/checkpoints`);
  await page.getByRole('button', { name: 'Open the encoder you trained here' }).click();
  await page.locator('details.tensor summary', { hasText: 'weight' }).first().click();
  await page.locator('.tree svg').first().waitFor();
  await page.getByRole('button', { name: 'Open the encoder you trained here' }).click();
  await page.locator('article').nth(1).waitFor();
  await shoot('checkpoints', { dark: true });
} finally {
  await browser.close();
  server.kill();
}

async function learnFromPictures() {
  await page.goto(`${address}#/pretrain?steps=400`);
  await page.getByRole('radio', { name: /Drawn shapes/ }).check();
  await page.getByRole('button', { name: 'Pre-train', exact: true }).click();
  await page.locator('[data-status=done]').waitFor();
  await shoot('pretrain-pictures');
  await page.goto(`${address}#/finetune?from=hand`);
  await page.getByLabel(/Names of the classes/).fill('round, angular');
  await page.getByRole('button', { name: 'Use these' }).click();
  for (const [given, key] of [...'12112'].entries()) {
    await page.locator('.desk[data-ready=true]').waitFor();
    await page.keyboard.press(key);
    await page.getByRole('heading', { name: `${given + 1} given` }).waitFor();
  }
  await shoot('finetune-by-hand');
}

async function learnFromRows() {
  await page.goto(`${address}#/pretrain?steps=800`);
  await page.getByRole('radio', { name: /DNA/ }).check();
  await page.getByRole('button', { name: 'Pre-train again', exact: true }).click();
  await page.locator('[data-status=running]').waitFor();
  await page.locator('[data-status=done]').waitFor();
  await shoot('pretrain', { dark: true });
  await page.goto(`${address}#/guides?scouts=24`);
  await page.getByRole('button', { name: 'Send scouts' }).click();
  await page.locator('[data-scouts=done]').waitFor();
  await shoot('guides', { dark: true });
  await page.goto(`${address}#/finetune?draws=5&labels=20&from=column`);
  await page.getByRole('button', { name: 'Start the race' }).click();
  await page.locator('[data-race=done]').waitFor();
  await page.getByRole('button', { name: 'Predict', exact: true }).click();
  await page.locator('.shares').waitFor();
  await shoot('finetune', { dark: true });
}

async function shoot(name, { dark = false } = {}) {
  for (const scheme of dark ? ['light', 'dark'] : ['light']) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ]) {
      await page.setViewportSize({ width, height });
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForTimeout(400);
      const path = `${target}demo-${name}${scheme === 'dark' ? '-dark' : ''}-${width}.png`;
      await page.screenshot({ path, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}
