import { defineConfig } from 'ephemeral-broker';
import { accounts } from './accounts';

export default defineConfig({ pools: { accounts }, journal: 'journal.jsonl' });
