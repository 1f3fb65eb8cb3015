// Every link of the built site leads to a page that is there, and to a heading that is there. VitePress checks pages only.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/**
 * @param {string} site - the folder of the built site
 * @param {string} base - what its paths begin with, e.g. "/"
 * @returns {string[]} links that lead nowhere, one line each
 */
export function brokenLinks(site, base) {
  const pages = new Map(
    readdirSync(site, { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => file.endsWith('.html'))
      .map((file) => {
        const html = readFileSync(join(site, file), 'utf8');
        return [
          addressOf(file),
          { html, ids: new Set(Array.from(html.matchAll(/ id="([^"]+)"/g), ([, id]) => id)) },
        ];
      }),
  );
  const broken = new Set();
  for (const [address, { html }] of pages) {
    for (const [, link] of html.matchAll(/<a\b[^>]*? href="([^"]+)"/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const { pathname, hash } = new URL(
        link.replaceAll('&amp;', '&'),
        `http://site${posix.join(base, address)}`,
      );
      const target = decodeURIComponent(`/${pathname.slice(base.length)}`);
      const page = pages.get(target) ?? pages.get(addressOf(target.slice(1)));
      const isFile = existsSync(join(site, target)) && target !== '/';
      const heading = decodeURIComponent(hash.slice(1));
      if (!page && !isFile) broken.add(`${address}: ${link}`);
      else if (page && heading !== '' && !page.ids.has(heading)) broken.add(`${address}: ${link}`);
    }
  }
  return [...broken];
}

/** "guides/browser.html" is at "/guides/browser", "guides/index.html" at "/guides/". */
function addressOf(file) {
  return `/${file.replace(/\.html$/, '').replace(/(^|\/)index$/, '$1')}`;
}
