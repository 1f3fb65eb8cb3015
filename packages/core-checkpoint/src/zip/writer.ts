import type { EncodedFile } from '../targets/encoded-file.js';
import { crc32 } from './crc32.js';

/** One file of an archive to be written. */
export interface ZipMember {
  readonly name: string;
  readonly data: Uint8Array;
}

interface Placed extends ZipMember {
  nameBytes: Uint8Array;
  start: number;
  padding: number;
}

const localBytes = 30;
const narrow = 0xffffffff;

/**
 * A zip archive of stored files, each beginning at a multiple of `alignment` bytes. No dates, so equal
 * members give equal bytes. Sizes and places past 4 GiB are written as zip64.
 *
 * @see APPNOTE.TXT 6.3.10 §4.3
 */
export function encodeZip(members: readonly ZipMember[], alignment: number): EncodedFile {
  const placed: Placed[] = [];
  let at = 0;
  for (const member of members) {
    const nameBytes = new TextEncoder().encode(member.name);
    const dataAt = at + localBytes + nameBytes.byteLength + zip64LocalBytes(member);
    const gap = (alignment - (dataAt % alignment)) % alignment;
    // an extra field takes at least four bytes for its own head
    const padding = gap === 0 || gap >= 4 ? gap : gap + alignment;
    placed.push({ ...member, nameBytes, start: at, padding });
    at = dataAt + padding + member.data.byteLength;
  }
  const directoryAt = at;
  const directoryBytes = placed.reduce((sum, member) => sum + centralSize(member), 0);
  const needs64 = directoryAt + directoryBytes >= narrow || placed.length >= 0xffff;
  return {
    byteLength: directoryAt + directoryBytes + (needs64 ? 76 : 0) + 22,
    *chunks() {
      const crcs: number[] = [];
      for (const member of placed) {
        const crc = crc32(member.data);
        crcs.push(crc);
        yield localHeader(member, crc);
        yield member.data;
      }
      for (const [i, member] of placed.entries()) yield centralHeader(member, crcs[i] ?? 0);
      yield endRecords(placed.length, directoryAt, directoryBytes, needs64);
    },
  };
}

function isLarge({ data }: ZipMember): boolean {
  return data.byteLength >= narrow;
}

function zip64LocalBytes(member: ZipMember): number {
  return isLarge(member) ? 20 : 0;
}

function centralSize(member: Placed): number {
  return 46 + member.nameBytes.byteLength + centralExtra(member).byteLength;
}

function centralExtra(member: Placed): Uint8Array {
  const values = [...(isLarge(member) ? [member.data.byteLength, member.data.byteLength] : [])];
  if (member.start >= narrow) values.push(member.start);
  if (values.length === 0) return new Uint8Array();
  const extra = new DataView(new ArrayBuffer(4 + 8 * values.length));
  extra.setUint16(0, 1, true);
  extra.setUint16(2, 8 * values.length, true);
  values.forEach((value, i) => {
    extra.setBigUint64(4 + 8 * i, BigInt(value), true);
  });
  return new Uint8Array(extra.buffer);
}

function localHeader(member: Placed, crc: number): Uint8Array {
  const { nameBytes, padding } = member;
  const zip64 = zip64LocalBytes(member);
  const header = new Uint8Array(localBytes + nameBytes.byteLength + zip64 + padding);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(4, zip64 ? 45 : 20, true);
  sizes(view, 14, member, crc);
  view.setUint16(26, nameBytes.byteLength, true);
  view.setUint16(28, zip64 + padding, true);
  header.set(nameBytes, localBytes);
  let at = localBytes + nameBytes.byteLength;
  if (zip64) {
    view.setUint16(at, 1, true);
    view.setUint16(at + 2, 16, true);
    view.setBigUint64(at + 4, BigInt(member.data.byteLength), true);
    view.setBigUint64(at + 12, BigInt(member.data.byteLength), true);
    at += zip64;
  }
  if (padding > 0) {
    view.setUint16(at, 0x4246, true); // "FB", as PyTorch names its padding
    view.setUint16(at + 2, padding - 4, true);
  }
  return header;
}

function centralHeader(member: Placed, crc: number): Uint8Array {
  const extra = centralExtra(member);
  const header = new Uint8Array(46 + member.nameBytes.byteLength + extra.byteLength);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, extra.byteLength > 0 ? 45 : 20, true);
  view.setUint16(6, extra.byteLength > 0 ? 45 : 20, true);
  sizes(view, 16, member, crc);
  view.setUint16(28, member.nameBytes.byteLength, true);
  view.setUint16(30, extra.byteLength, true);
  view.setUint32(42, Math.min(member.start, narrow), true);
  header.set(member.nameBytes, 46);
  header.set(extra, 46 + member.nameBytes.byteLength);
  // names are UTF-8 where they leave ASCII
  if (member.nameBytes.some((byte) => byte > 127)) view.setUint16(8, 0x0800, true);
  return header;
}

function sizes(view: DataView, at: number, { data, nameBytes }: Placed, crc: number): void {
  const size = Math.min(data.byteLength, narrow);
  view.setUint32(at, crc, true);
  view.setUint32(at + 4, size, true);
  view.setUint32(at + 8, size, true);
  if (at === 14 && nameBytes.some((byte) => byte > 127)) view.setUint16(6, 0x0800, true);
}

function endRecords(
  count: number,
  directoryAt: number,
  directoryBytes: number,
  needs64: boolean,
): Uint8Array {
  const lead = needs64 ? 76 : 0;
  const view = new DataView(new ArrayBuffer(lead + 22));
  if (needs64) {
    view.setUint32(0, 0x06064b50, true);
    view.setBigUint64(4, 44n, true);
    view.setUint16(12, 45, true);
    view.setUint16(14, 45, true);
    view.setBigUint64(24, BigInt(count), true);
    view.setBigUint64(32, BigInt(count), true);
    view.setBigUint64(40, BigInt(directoryBytes), true);
    view.setBigUint64(48, BigInt(directoryAt), true);
    view.setUint32(56, 0x07064b50, true);
    view.setBigUint64(64, BigInt(directoryAt + directoryBytes), true);
    view.setUint32(72, 1, true);
  }
  view.setUint32(lead, 0x06054b50, true);
  view.setUint16(lead + 8, Math.min(count, 0xffff), true);
  view.setUint16(lead + 10, Math.min(count, 0xffff), true);
  view.setUint32(lead + 12, Math.min(directoryBytes, narrow), true);
  view.setUint32(lead + 16, Math.min(directoryAt, narrow), true);
  return new Uint8Array(view.buffer);
}
