import { loadConfig } from '../src/config/load.ts';
import type { Shard } from '../src/config/shard.ts';
import { SharedBroker } from './shared-broker.ts';

/** Starts the broker in WebdriverIO's launcher, or joins the one that is there; returns how to leave it. */
export const setUp = (
  { rootDir, shard }: { rootDir?: string; shard?: Shard },
  inline?: unknown,
): Promise<() => Promise<void>> =>
  SharedBroker.of('ephemeral-broker.wdio').enter(() =>
    loadConfig({ from: rootDir ?? process.cwd(), inline, env: process.env, shard }),
  );
