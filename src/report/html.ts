import { createHash } from 'node:crypto';
import type { ReportData } from './page/data.ts';
import { pack } from './page/packed.ts';

/** The page's script and style, put in by the build and by vitest.config.ts: see scripts/page.ts. */
declare const __PAGE__: { script: string; style: string };

/**
 * The report as one HTML text that needs nothing else: its policy lets it load nothing, and run and
 * show nothing but the script and the style that it came with. What tests are called is data in it,
 * which the page shows as text.
 */
export function reportHtml(data: ReportData): string {
  const { script, style } = __PAGE__;
  const policy = [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Leases and waits</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Leases and waits</h1>
<p class="soft">${aboutRun(data)}</p>
<p class="lead" id="headline"></p>
<noscript><p class="notice">This report is drawn by its own script, and scripts are off here.</p></noscript>
<p class="notice" id="truncated" hidden>The start of the run is missing: the journal keeps the last events only. Sums are of what it kept.</p>
<p class="notice" id="cut-off" hidden>The end of the journal's file is cut off: what came last is missing.</p>
<dl class="card" id="figures"></dl>
</header>
<main>
<p class="lead" id="nothing" hidden>Nothing was leased and nobody waited in this run. Tests appear here once they ask the broker for something.</p>
<div id="filled">
<section id="what-if" hidden>
<h2>What if</h2>
<div id="what-ifs"></div>
</section>
<section id="timeline">
<h2>Timeline</h2>
<div class="filters">
<label>Pool<select id="pool"><option value="">All pools</option></select></label>
<label>Worker<select id="worker"><option value="">All workers</option></select></label>
<label>Test or file<input id="text" type="search" placeholder="Part of a name" autocomplete="off" spellcheck="false"></label>
<button type="button" id="reset" hidden>Show all</button>
</div>
<p class="unseen" id="shown" role="status"></p>
<div class="card">
<div class="tools">
<ul id="legend"></ul>
<div role="group" aria-label="View">
<button type="button" id="zoom-out" aria-label="Zoom out">−</button>
<button type="button" id="zoom-in" aria-label="Zoom in">+</button>
<button type="button" id="earlier" aria-label="Earlier">←</button>
<button type="button" id="later" aria-label="Later">→</button>
<button type="button" id="whole">Whole run</button>
</div>
</div>
<div id="chart" role="group" aria-label="Timeline, the same as in the tables below" aria-describedby="keys">
<div id="chart-content"><canvas id="canvas" aria-hidden="true"></canvas><button type="button" id="cursor" aria-label="First bar"></button></div>
</div>
<div id="details" role="status"></div>
</div>
<p class="soft hint" id="keys">Drag to pan, <kbd>Ctrl</kbd> and wheel to zoom. With the keyboard: <kbd>Tab</kbd> to the bars, arrow keys from bar to bar, <kbd>+</kbd> and <kbd>-</kbd> to zoom, <kbd>&lt;</kbd> and <kbd>&gt;</kbd> to pan, <kbd>0</kbd> for the whole run, <kbd>Esc</kbd> to let go.</p>
</section>
<section>
<h2>Pools</h2>
<section class="scroll" tabindex="0" aria-label="Pools, scrollable">
<table aria-label="Pools">
<thead><tr><th scope="col">Pool</th><th scope="col" class="number">Size</th><th scope="col" class="number">Leases</th><th scope="col" class="number">Most at once</th><th scope="col" class="number">Held</th><th scope="col" class="number">Waits</th><th scope="col" class="number">Waited</th><th scope="col" class="number">Longest</th></tr></thead>
<tbody id="pools"></tbody>
</table>
</section>
</section>
<section id="waits">
<h2>Waits</h2>
</section>
<section id="leases">
<h2>Leases</h2>
</section>
</div>
<footer class="soft">Written by ephemeral-broker. It holds names and times: no value, no secret.</footer>
</main>
<div id="tip" aria-hidden="true" hidden></div>
<script type="application/json" id="data">${inScript(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

const hash = (text: string): string =>
  `sha256-${createHash('sha256').update(text).digest('base64')}`;

function aboutRun({ version, startedAt }: ReportData): string {
  const at = new Date(startedAt);
  const iso = Number.isNaN(at.getTime()) ? '' : at.toISOString();
  const when =
    iso && `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>, `;
  return `${when}ephemeral-broker ${version.replaceAll(/[^\w.+-]/g, '')}`;
}

/** JSON which no HTML parser can find the end of a script in, and no JavaScript parser a line's end. */
const inScript = (data: ReportData): string =>
  JSON.stringify(pack(data)).replaceAll(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
