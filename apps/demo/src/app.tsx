import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { Problem } from './controls.js';
import { EngineLine } from './engine/engine-line.js';
import { WhyPage } from './pages/why-page.js';
import { addressOf, type ViewName, view, views } from './route.js';

type Page = ComponentType;

/** Pages besides the first are fetched when they are first looked at. */
const fetchPage: Record<Exclude<ViewName, 'why'>, () => Promise<Page>> = {
  pretrain: () => import('./pages/pretrain-page.js').then(({ PretrainPage }) => PretrainPage),
  finetune: () => import('./pages/finetune-page.js').then(({ FinetunePage }) => FinetunePage),
  guides: () => import('./pages/guides-page.js').then(({ GuidesPage }) => GuidesPage),
  checkpoints: () => import('./pages/checkpoints-page.js').then(({ CheckpointsPage }) => CheckpointsPage),
};
const pages = signal(new Map<ViewName, Page>([['why', WhyPage]]));
const failure = signal<string | undefined>(undefined);

export function App() {
  const name = view.value;
  const title = views.find((known) => known.name === name)?.title ?? '';
  useEffect(() => {
    document.title = `${title} · Warmstart`;
    void fetchIfNew(name);
  }, [name, title]);
  const Current = pages.value.get(name);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Header />
      <main id="main" tabIndex={-1}>
        {failure.value && <Problem>{failure.value}</Problem>}
        {Current ? <Current /> : <p class="quiet">Loading…</p>}
      </main>
      <footer>
        <EngineLine />
        <p>Everything happens in this page. No data, file or model leaves it.</p>
      </footer>
    </>
  );
}

function Header() {
  return (
    <header>
      <a class="wordmark" href={addressOf('why')}>
        <img src="./icon.svg" alt="" width="28" height="28" />
        Warmstart
      </a>
      <nav aria-label="Views">
        {views.map(({ name, title }) => (
          <a
            key={name}
            href={addressOf(name)}
            {...(view.value === name ? { 'aria-current': 'page' as const } : {})}
          >
            {title}
          </a>
        ))}
      </nav>
    </header>
  );
}

async function fetchIfNew(name: ViewName): Promise<void> {
  failure.value = undefined;
  if (name === 'why' || pages.peek().has(name)) return;
  try {
    pages.value = new Map([...pages.peek(), [name, await fetchPage[name]()]]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    failure.value = `This view could not be opened (${reason}). Check the network, then reload the page.`;
  }
}
