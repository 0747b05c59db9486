import { dirname } from 'node:path';
import type { FullConfig } from '@playwright/test';
import { loadConfig } from '../src/config/load.ts';
import { SharedBroker } from './shared-broker.ts';

/**
 * Starts the broker, or joins the one that is there; returns how to leave it. UI mode and editors may
 * run this often, and may forget to leave.
 */
export const setUp = (
  { configFile, rootDir }: Pick<FullConfig, 'configFile' | 'rootDir'>,
  inline?: unknown,
): Promise<() => Promise<void>> =>
  SharedBroker.of('ephemeral-broker.playwright').enter(() =>
    loadConfig({ from: configFile ? dirname(configFile) : rootDir, inline, env: process.env }),
  );
