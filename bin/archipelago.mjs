#!/usr/bin/env node
/** `npx archipelago …`: builds the headless runner when its sources are newer, and runs it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages, requireNode } from '../scripts/lib/setup.mjs';

requireNode();
installPackages();
const { buildIfStale, root } = await import('../scripts/lib/build.mjs');
await buildIfStale('cli');
await import(pathToFileURL(join(root, 'dist-cli/main.js')).href);
