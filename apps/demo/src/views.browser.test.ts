import axe from 'axe-core';
import { h, render } from 'preact';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { App } from './app.js';
import { followAddress, views } from './route.js';
import './style.css';

const place = document.createElement('div');

beforeAll(() => {
  document.body.append(place);
  document.documentElement.lang = 'en';
  followAddress();
  render(h(App, {}), place);
});

afterAll(() => {
  render(null, place);
  place.remove();
  location.hash = '';
});

describe('App', () => {
  it.each(views)('shows $name with a heading and nothing that axe minds', async ({ name, title }) => {
    location.hash = `#/${name}`;
    const current = () => place.querySelector('nav [aria-current]')?.textContent;
    const headings = () => place.querySelectorAll('main h1').length;
    // views are fetched when they are first looked at
    await expect.poll(() => [current(), headings()], { timeout: 30_000 }).toEqual([title, 1]);
    const { violations } = await axe.run(place);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  });
});
