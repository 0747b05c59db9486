import { type Command, wrongUse } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { say } from './output.ts';

type Commands = readonly Command[];

const SCRIPTS: Record<string, (commands: Commands) => string> = { bash, zsh, fish };

/** `commands`: all there are, itself among them. */
export function completionOf(commands: () => Commands): Command {
  const completion: Command = {
    name: 'completion',
    summary: 'print a script that completes commands and options in a shell',
    usage: 'bash|zsh|fish',
    details: `
bash: eval "$(ephemeral-broker completion bash)" in ~/.bashrc
zsh:  the same with zsh in ~/.zshrc, behind compinit
fish: ephemeral-broker completion fish | source`,
    options: {},
    words: [1, 1],
    example: 'completion bash',
    async run({ positionals: [shell] }) {
      if (!Object.hasOwn(SCRIPTS, shell!)) throw wrongUse(completion, 'the shell is not known');
      say(SCRIPTS[shell!]!(commands()));
      return EXIT.done;
    },
  };
  return completion;
}

const optionsOf = ({ options }: Command): [name: string, help: string][] => [
  ...Object.entries(options).map(([name, { help }]): [string, string] => [name, help]),
  ['help', 'say more of this command'],
];

const namesIn = (commands: Commands): string => commands.map(({ name }) => name).join(' ');

/** Behind `--` begins another command: its words are for the shell's own completion. */
function bash(commands: Commands): string {
  const cases = commands.map((command) => {
    const options = optionsOf(command).map(([name]) => `--${name}`);
    return `    *:${command.name}) words='${options.join(' ')}' ;;`;
  });
  return `_ephemeral_broker() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] && return
  done
  case \${COMP_CWORD}:\${COMP_WORDS[1]} in
    1:*) words='${namesIn(commands)}' ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _ephemeral_broker ephemeral-broker`;
}

function zsh(commands: Commands): string {
  const described = (rows: (readonly [string, string])[]) =>
    rows.map(([name, help]) => quotedWord(`${name}:${help.replaceAll(':', '\\:')}`)).join(' ');
  const cases = commands.map((command) => {
    const rows = optionsOf(command).map(([name, help]) => [`--${name}`, help] as const);
    return `    ${command.name}) rows=(${described(rows)}) ;;`;
  });
  return `_ephemeral_broker() {
  local -a rows
  if (( CURRENT == 2 )); then
    rows=(${described(commands.map(({ name, summary }) => [name, summary] as const))})
    _describe command rows
    return
  fi
  if (( \${words[(i)--]} < CURRENT )); then
    _default
    return
  fi
  case \${words[2]} in
${cases.join('\n')}
  esac
  _describe option rows || _default
}
compdef _ephemeral_broker ephemeral-broker`;
}

function fish(commands: Commands): string {
  const complete = 'complete -c ephemeral-broker';
  return commands
    .flatMap((command) => [
      `${complete} -n __fish_use_subcommand -f -a ${command.name} -d ${quotedWord(command.summary)}`,
      ...optionsOf(command).map(([name, help]) => {
        const takes = command.options[name]?.value === undefined ? '' : ' -r';
        return `${complete} -n '__fish_seen_subcommand_from ${command.name}' -l ${name}${takes} -d ${quotedWord(help)}`;
      }),
    ])
    .join('\n');
}

/** In single quotes, in which these shells take all but the quote itself as it is. */
const quotedWord = (text: string): string => `'${text.replaceAll("'", '’')}'`;
