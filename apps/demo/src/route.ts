import { effect, type Signal, signal } from '@preact/signals';

export const views = [
  { name: 'why', title: 'Why it works' },
  { name: 'pretrain', title: 'Pre-train' },
  { name: 'finetune', title: 'Fine-tune' },
  { name: 'guides', title: 'Guides' },
  { name: 'checkpoints', title: 'Checkpoints' },
] as const;

export type ViewName = (typeof views)[number]['name'];

/** The address after '#/': a view, and what its controls are set to. */
export const view: Signal<ViewName> = signal('why');
const settings = signal(new URLSearchParams());

/** Follows the address from now on. */
export function followAddress(): void {
  const read = () => {
    const [name = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
    settings.value = new URLSearchParams(query);
    view.value = views.find((known) => known.name === name)?.name ?? 'why';
  };
  read();
  addEventListener('hashchange', read);
}

export function addressOf(name: ViewName): string {
  return `#/${name}`;
}

/**
 * A number of one view that is kept in the address, so that a link shows what its sender saw.
 *
 * @param range - what lies outside is brought inside
 */
export function addressNumber(
  owner: ViewName,
  name: string,
  { initial, low, high }: { initial: number; low: number; high: number },
): Signal<number> {
  const read = () => {
    const text = view.value === owner ? settings.value.get(name) : null;
    const value = text === null || text === '' ? Number.NaN : Number(text);
    return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : undefined;
  };
  return bound(owner, name, initial, read, String);
}

/** A choice of one view that is kept in the address. */
export function addressChoice<Choice extends string>(
  owner: ViewName,
  name: string,
  choices: readonly Choice[],
): Signal<Choice> {
  const read = () => {
    const text = view.value === owner ? settings.value.get(name) : null;
    return choices.find((choice) => choice === text);
  };
  return bound(owner, name, choices[0] as Choice, read, (choice) => choice);
}

function bound<Value>(
  owner: ViewName,
  name: string,
  initial: Value,
  read: () => Value | undefined,
  write: (value: Value) => string,
): Signal<Value> {
  const state = signal<Value>(read() ?? initial);
  effect(() => {
    const found = read();
    if (found !== undefined) state.value = found;
  });
  effect(() => {
    const text = state.value === initial ? undefined : write(state.value);
    if (view.peek() !== owner) return;
    const next = new URLSearchParams(settings.peek());
    if (text === undefined) next.delete(name);
    else next.set(name, text);
    if (next.toString() === settings.peek().toString()) return;
    settings.value = next;
    const query = next.toString();
    history.replaceState(null, '', `#/${owner}${query && `?${query}`}`);
  });
  return state;
}
