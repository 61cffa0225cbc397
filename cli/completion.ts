import type { Argument, Command, Option } from 'commander';

// What may stand at the cursor of a command line that is not finished. In: the commands as they are defined, the words before the cursor and the
// one under it. Out: words with a few words of explanation. Only names of jobs are asked of a server, by the caller.

/** A word that may stand there. */
export type Completion = Readonly<{ word: string; about: string }>;

export type Names = Readonly<{
  /** Ids of jobs that begin so; none where no server answers soon. */
  jobs(beginning: string): Promise<readonly string[]>;
}>;

/** All words that may follow `before` and begin with `current`, in the order of the help. Nothing: the shell may offer files. */
export async function complete(
  program: Command,
  before: readonly string[],
  current: string,
  names: Names,
): Promise<readonly Completion[]> {
  const { command, wants, operands } = walk(program, before);
  if (wants !== undefined) return begins(await valuesOf(wants, current, names), current);
  if (current.startsWith('-')) return begins(command.options.filter((option) => !option.hidden).map(ofOption), current);
  const commands = operands === 0 ? command.commands.filter((one) => !isHidden(one)).map(ofCommand) : [];
  const argument = command.registeredArguments[operands] ?? command.registeredArguments.findLast((one) => one.variadic);
  const values = argument === undefined ? [] : await valuesOf(argument, current, names);
  return begins([...commands, ...values], current);
}

type Place = Readonly<{
  command: Command;
  /** The option whose value stands at the cursor. */
  wants: Option | undefined;
  /** How many arguments of the command stand before the cursor. */
  operands: number;
}>;

function walk(program: Command, before: readonly string[]): Place {
  let command = program;
  let wants: Option | undefined;
  let operands = 0;
  for (const word of before) {
    if (wants !== undefined) wants = undefined;
    else if (word.startsWith('-')) wants = word.includes('=') ? undefined : valued(command, word);
    else {
      const next = operands === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (next === undefined) operands += 1;
      else command = next;
    }
  }
  return { command, wants, operands };
}

const valued = (command: Command, flag: string): Option | undefined =>
  command.options.find((option) => (option.long === flag || option.short === flag) && option.required);

const isHidden = (command: Command): boolean => (command as Command & { _hidden?: boolean })._hidden === true;

const ofCommand = (command: Command): Completion => ({ word: command.name(), about: command.description() });
const ofOption = (option: Option): Completion => ({
  word: option.long ?? option.short ?? option.flags,
  about: option.description,
});

const begins = (all: readonly Completion[], current: string): readonly Completion[] =>
  all.filter(({ word }) => word.startsWith(current));

const STATES = ['waiting', 'queued', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled', 'skipped'];

/** By what it is called: a job, a state, one of a list. */
async function valuesOf(of: Option | Argument, current: string, names: Names): Promise<readonly Completion[]> {
  const plain = (words: readonly string[]): readonly Completion[] => words.map((word) => ({ word, about: '' }));
  if (of.argChoices) return plain(of.argChoices);
  const name = 'long' in of ? (of.long ?? '') : of.name();
  if (name === 'shell') return plain(SHELLS);
  if (['job', '--job', 'scope', 'run', 'period', 'job@period'].includes(name)) return plain(await names.jobs(current));
  if (name === '--state') return plain(STATES);
  return [];
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What a shell reads to complete `hera`: it asks `hera complete` for each word. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of hera for bash: source <(hera completion bash)
_hera() {
  local IFS=$'\\n'
  COMPREPLY=($(hera complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _hera hera
`,
  zsh: `#compdef hera
# Completion of hera for zsh: source <(hera completion zsh)
_hera() {
  local -a found
  found=("\${(@f)$(hera complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null | cut -f1)}")
  if [[ -n \${found[1]} ]]; then compadd -a found; else _files; fi
}
compdef _hera hera
`,
  fish: `# Completion of hera for fish: hera completion fish | source
complete -c hera -f -a '(hera complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};
