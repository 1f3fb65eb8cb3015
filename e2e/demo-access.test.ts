import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoPage, openDemo, views } from './demo-page.js';

let demo: DemoPage;
let page: Page;
let address: string;

beforeAll(async () => {
  demo = await openDemo();
  ({ page, address } = demo);
});
afterAll(() => demo?.close());

interface Stop {
  what: string;
  /** is it marked as focused, by itself or by the label that stands for it? */
  isMarked: boolean;
  isInSight: boolean;
  isAfterLast: boolean;
}

/** Runs in the page: where the focus stands; undefined where it left the page. */
function focusStop(): Stop | undefined {
  const seen = globalThis as unknown as { lastStop?: Element };
  const element = document.activeElement;
  if (!element || element === document.body) return undefined;
  const { lastStop } = seen;
  seen.lastStop = element;
  const nextTo = [element, element.nextElementSibling, element.closest('label')];
  const isMarked = nextTo.some((candidate) => {
    if (!candidate) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(candidate);
    return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
  });
  const { top, bottom } = (element.closest('label') ?? element).getBoundingClientRect();
  const following = Node.DOCUMENT_POSITION_FOLLOWING;
  return {
    what: element.outerHTML.slice(0, 120),
    isMarked,
    isInSight: bottom > 0 && top < innerHeight,
    isAfterLast: !lastStop || (lastStop.compareDocumentPosition(element) & following) !== 0,
  };
}

/** Runs in the page: keeps every shape that the first curve of the first figure takes. */
function watchCurve(): void {
  const curves = new Set<string>();
  Object.assign(globalThis, { curves });
  const look = () => {
    const shape = document.querySelector('#fan .curve')?.getAttribute('d');
    if (shape) curves.add(shape);
  };
  const changes = { subtree: true, childList: true, attributes: true, attributeFilter: ['d'] };
  new MutationObserver(look).observe(document, changes);
}

describe('demo, for everyone', () => {
  it('is reached by the keyboard alone, in order, with the focus in sight', async () => {
    for (const view of views) {
      await page.goto(`${address}#/${view}`);
      await page.reload();
      await page.locator('main h1').waitFor();
      const stops: Stop[] = [];
      for (;;) {
        await page.keyboard.press('Tab');
        const stop = await page.evaluate(focusStop);
        if (!stop || stops.length > 80) break;
        stops.push(stop);
      }
      const bad = stops.filter((stop) => !stop.isMarked || !stop.isInSight || !stop.isAfterLast);
      expect(bad, view).toEqual([]);
      expect(stops.length, view).toBeGreaterThanOrEqual(8);
      expect(stops.length, view).toBeLessThan(60);
    }
  });

  it('is operated by the keyboard alone: settings, start, pause', async () => {
    await page.goto(`${address}#/pretrain`);
    await page.reload();
    await page.getByRole('radio', { name: /DNA/ }).focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('radio', { name: /Spambase/ }).isChecked()).toBe(true);
    await page.getByText(/57 values each/).waitFor();
    await page.getByLabel('Share hidden').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/hide=0\.55/);
    await page.getByRole('button', { name: 'Pre-train', exact: true }).focus();
    await page.keyboard.press('Enter');
    const spoken = page.locator('p [role=status]');
    await expect.poll(() => spoken.textContent(), { timeout: 10_000 }).toMatch(/^Step \d+ of 800/);
    // the button means something else now, and the focus has stayed on it
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Pause');
    await page.keyboard.press('Space');
    await expect.poll(() => spoken.textContent(), { timeout: 10_000 }).toMatch(/^Paused at step/);
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Continue/);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Pre-train');
  });

  it('shows those who asked for less motion only where the curves end up', async () => {
    await page.addInitScript(watchCurve);
    const drawn = async (reducedMotion: 'reduce' | 'no-preference') => {
      await page.emulateMedia({ reducedMotion });
      await page.goto(`${address}#/why`);
      await page.reload();
      await page.getByText('Mean distance from the truth').waitFor();
      return page.evaluate(() => (globalThis as unknown as { curves: Set<string> }).curves.size);
    };
    expect(await drawn('reduce')).toBe(1);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    expect(await drawn('no-preference')).toBeGreaterThan(1);
  });

  it('can be installed', async () => {
    const { installabilityErrors } = await demo.devtools.send('Page.getInstallabilityErrors');
    expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual([]);
    const { errors, data = '{}' } = await demo.devtools.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    for (const { src, sizes, type } of JSON.parse(data).icons) {
      const response = await page.request.get(new URL(src, address).href);
      expect(response.headers()['content-type']).toBe(type);
      if (type !== 'image/png') continue;
      const bytes = await response.body();
      expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(sizes);
    }
  });

  it('asks nothing of other hosts, and is not allowed to', async () => {
    const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
    expect(policy).toContain("default-src 'self'");
    const tried = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.wasRun = true';
      document.head.append(script);
      const wasRun = 'wasRun' in globalThis;
      const answered = await fetch('http://127.0.0.1:1/').then(
        () => true,
        (error) => String(error),
      );
      return { wasRun, answered };
    });
    expect(tried.wasRun).toBe(false);
    expect(tried.answered).toContain('Failed to fetch');
    // both refusals are what the page may complain of here
    expect(demo.complaints.filter((text) => !text.includes('Content Security Policy'))).toEqual([]);
    expect(demo.complaints.length).toBeGreaterThanOrEqual(2);
  });
});
