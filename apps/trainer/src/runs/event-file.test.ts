import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crc32c, eventFile } from './event-file.js';

describe('crc32c', () => {
  it('is what RFC 3720 gives for known bytes', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa); // B.4, 32 bytes of zeros
  });
});

describe('eventFile', () => {
  it('frames records by their length, which TensorBoard reads one after another', () => {
    const folder = mkdtempSync(join(tmpdir(), 'warmstart-events-'));
    const file = eventFile(folder);
    file.add({ type: 'evaluation-end', step: 300, epoch: 0, metrics: { accuracy: 0.5 } });
    file.add({ type: 'epoch-end', step: 300, epoch: 0 });
    file.close();
    const [name] = readdirSync(folder);
    const bytes = readFileSync(join(folder, name as string));
    const records: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = Number(bytes.readBigUInt64LE(at));
      records.push(bytes.subarray(at + 12, at + 12 + length));
      at += 16 + length;
    }
    expect(records).toHaveLength(2);
    expect(records[0]?.toString('latin1')).toContain('brain.Event:2');
    const half = Buffer.from(Float32Array.of(0.5).buffer);
    expect(records[1]?.includes('accuracy')).toBe(true);
    expect(records[1]?.includes(half)).toBe(true);
    expect(records[1]?.includes(Buffer.from([0x10, 0xac, 0x02]))).toBe(true); // step 300 as a varint
    rmSync(folder, { recursive: true });
  });
});
