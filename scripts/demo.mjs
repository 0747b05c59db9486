// The demo, from a fresh clone: installs and builds where needed, then runs it.
import { build, install, run } from './prepare.mjs';

process.exitCode = install() && build() && run('node', ['examples/shop/demo.mjs']) ? 0 : 1;
