import { describe, expect, it } from 'vitest';
import { escapeHtml, htmlPage, table } from './html-page.js';

describe('escapeHtml', () => {
  it('lets no markup through', () => {
    expect(escapeHtml(`<img src=x onerror="a('b')">&`)).toBe(
      '&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;',
    );
  });
});

describe('table', () => {
  it('names rows and columns for screen readers', () => {
    expect(table(['arm', 'accuracy'], [['a<b', '1 %']])).toContain(
      '<tr><th scope="row">a&lt;b</th><td>1 %</td></tr>',
    );
  });
});

describe('htmlPage', () => {
  it('needs nothing from outside: no script, no link, no address', () => {
    const page = htmlPage('A & B', ['<p>hello</p>']);
    expect(page).toContain('<title>A &amp; B</title>');
    expect(page).not.toMatch(/<script|<link|https?:/);
  });
});
