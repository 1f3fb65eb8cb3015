import type { MarkdownOptions } from 'vitepress';

type Transformer = NonNullable<MarkdownOptions['codeTransformers']>[number];

/** Marks what a program answers in a `console` block, so that it does not look like what the reader types. */
export const outputLines: Transformer = {
  name: 'output-lines',
  line(node, number) {
    const text = this.source.split('\n')[number - 1] ?? '';
    if (this.options.lang === 'console' && !text.startsWith('$ ')) this.addClassToHast(node, 'output');
  },
};
