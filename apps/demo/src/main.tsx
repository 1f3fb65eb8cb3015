import 'uplot/dist/uPlot.min.css';
import './style.css';
import { render } from 'preact';
import { App } from './app.js';
import { followAddress } from './route.js';

followAddress();
const place = document.getElementById('app');
if (place) render(<App />, place);

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  // after the page is up: keeping it for later must not slow it down now
  addEventListener('load', () => setTimeout(() => navigator.serviceWorker.register('./sw.js'), 1500));
}
