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

// Behind `--` begins another command, whose words are completed as those of that command.

function bash(commands: Commands): string {
  const cases = commands.map((command) => {
    const options = optionsOf(command).map(([name]) => `--${name}`);
    return `    *:${command.name}) words='${options.join(' ')}' ;;`;
  });
  return `_ephemeral_broker() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -- ]] || continue
    ((i == COMP_CWORD - 1)) && COMPREPLY=($(compgen -c -- "$current"))
    return
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
  local behind=\${words[(i)--]}
  if (( behind < CURRENT )); then
    shift $behind words
    (( CURRENT -= behind ))
    _normal
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
  const rows = commands.flatMap((command) => [
    `${complete} -n __fish_use_subcommand -f -a ${command.name} -d ${quotedWord(command.summary)}`,
    ...optionsOf(command).map(([name, help]) => {
      const takes = command.options[name]?.value === undefined ? '' : ' -r';
      return `${complete} -n '__ephemeral_broker_is ${command.name}' -l ${name}${takes} -d ${quotedWord(help)}`;
    }),
  ]);
  return `function __ephemeral_broker_is
  set -l words (commandline -opc)
  test "$words[2]" = $argv[1]; and not contains -- -- $words
end
function __ephemeral_broker_behind
  set -l words (commandline -opc)
  set -e words[1..(contains -i -- -- $words)]
  complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end
${rows.join('\n')}
${complete} -n 'contains -- -- (commandline -opc)' -f -a '(__ephemeral_broker_behind)'`;
}

/** In single quotes, in which these shells take all but the quote itself as it is. */
const quotedWord = (text: string): string => `'${text.replaceAll("'", '’')}'`;
