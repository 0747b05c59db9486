import type { Client } from 'ephemeral-broker';

/** What fragments take for granted, whatever their runner. */
declare global {
  /** Of `connect()`. */
  const client: Client;
  // Of the reader's own project:
  function createUser(): Promise<{ user: string }>;
  function logIn(...who: unknown[]): Promise<{ session: string }>;
  function migrate(): Promise<void>;
  function mint(): Promise<{ token: string; expiresInMs: number }>;
  function seed(): Promise<void>;
  function send(): Promise<void>;
  function warmUp(): Promise<void>;
}
