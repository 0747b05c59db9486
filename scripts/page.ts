// The script and the style of the HTML report (src/report/page), as the texts that it includes.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const PAGE = fileURLToPath(new URL('../src/report/page', import.meta.url));

/** What esbuild and Vite put in place of `__PAGE__`. */
export function page(): string {
  const text = (file: string) =>
    buildSync({
      entryPoints: [join(PAGE, file)],
      bundle: true,
      minify: true,
      write: false,
      charset: 'utf8',
      format: 'iife',
      target: ['chrome111', 'firefox113', 'safari16.4'],
      loader: { '.css': 'css' },
    }).outputFiles[0]!.text.trim();
  return JSON.stringify({ script: text('main.ts'), style: text('page.css') });
}
