import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TrainingEvent } from '@warmstart/training';

/** Numbers by step, for TensorBoard. */
export interface EventFile {
  add(event: TrainingEvent): void;
  close(): void;
}

/**
 * A TensorBoard event file in a run's folder: `tensorboard --logdir RUN`.
 *
 * @see tensorflow/core/util/event.proto and tensorflow/core/lib/io/record_writer.h
 */
export function eventFile(folder: string): EventFile {
  mkdirSync(folder, { recursive: true });
  const seconds = Math.floor(Date.now() / 1000);
  const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}`;
  const descriptor = openSync(join(folder, name), 'w');
  const write = (event: Uint8Array) => void writeSync(descriptor, record(event));
  write(bytes(double(1, Date.now() / 1000), text(3, 'brain.Event:2')));
  return {
    add: (event) => {
      const values = numbersOf(event);
      if (values.length > 0)
        write(bytes(double(1, Date.now() / 1000), varint(2, event.step), field(5, bytes(...values))));
    },
    close: () => closeSync(descriptor),
  };
}

function numbersOf(event: TrainingEvent): Uint8Array[] {
  if (event.type === 'step-end') {
    const { loss, learningRate } = event;
    return [
      summary('loss', loss),
      ...(learningRate === undefined ? [] : [summary('learning rate', learningRate)]),
    ];
  }
  if (event.type !== 'evaluation-end') return [];
  return Object.entries(event.metrics).map(([name, value]) => summary(name, value));
}

/** Summary.Value { tag, simple_value } */
function summary(tag: string, value: number): Uint8Array {
  return field(1, bytes(text(1, tag), float(2, value)));
}

/** Length, its checksum, the data, its checksum. */
function record(data: Uint8Array): Uint8Array {
  const framed = new Uint8Array(16 + data.length);
  const view = new DataView(framed.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(framed.subarray(0, 8)), true);
  framed.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return framed;
}

function masked(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** @see Castagnoli 1993; the polynomial of iSCSI, RFC 3720 §12.1, reflected */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

const key = (number: number, wire: number) => Uint8Array.of((number << 3) | wire);

function field(number: number, data: Uint8Array): Uint8Array {
  return bytes(key(number, 2), digits(data.length), data);
}

function text(number: number, value: string): Uint8Array {
  return field(number, new TextEncoder().encode(value));
}

function varint(number: number, value: number): Uint8Array {
  return bytes(key(number, 0), digits(value));
}

function double(number: number, value: number): Uint8Array {
  return bytes(key(number, 1), new Uint8Array(Float64Array.of(value).buffer));
}

function float(number: number, value: number): Uint8Array {
  return bytes(key(number, 5), new Uint8Array(Float32Array.of(value).buffer));
}

function digits(value: number): Uint8Array {
  const parts: number[] = [];
  for (let rest = value; parts.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
    parts.push((rest % 128) | (rest >= 128 ? 128 : 0));
  }
  return Uint8Array.from(parts);
}

function bytes(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
