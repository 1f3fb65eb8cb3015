#!/usr/bin/env node
import { requireNode } from './node-version.js';

requireNode(process.versions.node);
// loaded only now: on an older Node these imports would fail with an error about syntax
const { runCli } = await import('./run-cli.js');
const { processTerminal } = await import('./terminal/terminal.js');
process.exitCode = await runCli(process.argv.slice(2), processTerminal());
