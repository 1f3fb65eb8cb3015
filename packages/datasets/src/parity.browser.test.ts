import { describe, expect, it } from 'vitest';
import expected from '../fixtures/parity.json' with { type: 'json' };
import { parityDigests } from './fixtures/parity-rows.js';
import { canvasDecoder } from './image/canvas-decoder.js';
import { gunzip, memoryStore, opfsStore } from './index.js';
import { encodePng } from './synthetic/png.js';

describe('rows in a browser', () => {
  it('are those of Node: both equal fixtures/parity.json', async () => {
    expect(await parityDigests()).toEqual(expected);
  });

  it('unpacks gzip of several members, which DecompressionStream refuses', async () => {
    const pack = async (text: string) =>
      new Uint8Array(
        await new Response(
          new Blob([text]).stream().pipeThrough(new CompressionStream('gzip')),
        ).arrayBuffer(),
      );
    const parts = [await pack('one '), await pack('two'), new Uint8Array(100)];
    let text = '';
    for await (const piece of gunzip(
      (async function* () {
        yield* parts;
      })(),
    ))
      text += new TextDecoder().decode(piece);
    expect(text).toBe('one two');
  });

  it('decodes an image to its pixels', async () => {
    const pixels = Uint8Array.from({ length: 4 * 3 * 3 }, (_, i) => (i * 41) & 255);
    expect(await canvasDecoder()(encodePng(pixels, 4, 3))).toEqual({ width: 4, height: 3, data: pixels });
  });

  it('keeps downloads in the origin’s file system as in memory', async () => {
    for (const store of [memoryStore(), await opfsStore(`test-${crypto.randomUUID()}`)]) {
      const partial = await store.partial('abc');
      await partial.restart('"1"');
      await partial.append(Uint8Array.of(1, 2, 3));
      await partial.close();
      const again = await store.partial('abc');
      expect([again.sizeBytes, again.etag]).toEqual([3, '"1"']);
      await again.append(Uint8Array.of(4));
      const file = await again.finish('x.bin');
      const bytes: number[] = [];
      for await (const piece of file.stream(1)) bytes.push(...piece);
      expect(bytes).toEqual([2, 3, 4]);
      expect((await store.find('abc', 'y'))?.sizeBytes).toBe(4);
    }
  });
});
