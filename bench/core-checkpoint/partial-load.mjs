// Ten of a file's tensors, and a plain read of as many bytes, in turns, in a process that holds nothing else.
// node partial-load.mjs FILE TENSOR_BYTES crc|plain
import { closeSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { open } from '@warmstart/core-checkpoint';

const rounds = 40;
const warmUp = 10;
const [file, tensorBytes, checks] = [process.argv[2], Number(process.argv[3]), process.argv[4]];

async function tenTensors() {
  const checkpoint = await open(file);
  await checkpoint.stateDict({ include: 'encoder.**' });
  await checkpoint.close();
}

/** The least any reader can do: the bytes into memory of the tensors' sizes, all of it kept, and their checksum. */
function plainRead() {
  const descriptor = openSync(file, 'r');
  const kept = [];
  for (let i = 0; i < 10; i++) {
    const buffer = new Uint8Array(tensorBytes);
    readSync(descriptor, buffer, 0, tensorBytes, i * tensorBytes);
    if (checks === 'crc') crc32(buffer);
    kept.push(buffer);
  }
  closeSync(descriptor);
  return kept;
}

const times = [tenTensors, plainRead].map((run) => ({ run, all: [] }));
for (let round = 0; round < rounds + warmUp; round++) {
  for (const { run, all } of times) {
    const began = performance.now();
    await run();
    if (round >= warmUp) all.push(performance.now() - began);
  }
}
// the lower quartile of each: whatever else the machine does shows up in these few milliseconds
const quartiles = times.map(({ all }) => all.sort((a, b) => a - b)[all.length >> 2]);
process.stdout.write(JSON.stringify(quartiles));
