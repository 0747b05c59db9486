/** What cmd.exe reads for itself: with a ^ before it, it is a character as others are. */
const READ = /[\s()%!^"<>&|;,*?[\]`]/g;

/**
 * A command as a line for cmd.exe that keeps its words apart, and each as it is: quoted as programs
 * on Windows split what they get (a quote and the backslashes before it take one more each), and
 * with nothing left for cmd.exe to read, those quotes not either. A script, which hands on what it
 * got, has it read once more: a word that itself holds quotes may not survive that.
 */
export const cmdLine = ([file, ...args]: readonly string[]): string =>
  [nameOf(file!), ...args.map((arg) => quoted(arg).replace(READ, '^$&'))].join(' ');

/** In the quotes of cmd.exe itself, which looks for the program: no path holds one, and behind a / it takes options. */
function nameOf(file: string): string {
  const path = file.replaceAll('/', '\\');
  return path.search(READ) === -1 ? path : `"${path}"`;
}

const quoted = (word: string): string =>
  `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`;
