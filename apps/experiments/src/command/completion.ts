import { Argument, type Command } from "commander";
import { builtInStudies } from "../study/built-in/index.js";
import type { CommandContext } from "./context.js";

const shells = ["bash", "zsh", "fish"] as const;

/** `igr completion`: a script that completes commands, options and their choices. The program has all of them. */
export function completionCommand(command: Command, { stdout }: CommandContext): Command {
  return command
    .addArgument(new Argument("<shell>").choices(shells))
    .addHelpText(
      "after",
      '\nExamples:\n  eval "$(igr completion bash)"\n  igr completion fish > ~/.config/fish/completions/igr.fish',
    )
    .action((shell: (typeof shells)[number]) => stdout(script(shell, command.parent as Command)));
}

interface Completed {
  /** The preceding words: `runs list`. */
  readonly path: string;
  readonly words: readonly string[];
  /** Choices by option. */
  readonly choices: readonly { readonly option: string; readonly values: readonly string[] }[];
}

function completedOf(program: Command): Completed[] {
  const of = (command: Command, path: readonly string[]): Completed[] => {
    const names = command.commands.map((each) => each.name());
    const options = command.options.map(({ long }) => long ?? "").filter((long) => long !== "");
    const values = path.join(" ") === "study" ? builtInStudies.map(({ name }) => name) : [];
    const choices = command.options.flatMap(({ long, argChoices }) =>
      long && argChoices ? [{ option: long, values: argChoices }] : [],
    );
    const own = { path: path.join(" "), words: [...names, ...values, ...options, "--help"], choices };
    return [own, ...command.commands.flatMap((each) => of(each, [...path, each.name()]))];
  };
  return of(program, []);
}

function script(shell: (typeof shells)[number], program: Command): string {
  const all = completedOf(program);
  return shell === "fish"
    ? fish(all)
    : `${shell === "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : ""}${bash(all)}`;
}

function bash(all: readonly Completed[]): string {
  const cases = all.flatMap(({ path, words, choices }) => [
    ...choices.map(({ option, values }) => `    "${path}|${option}") words="${values.join(" ")}" ;;`),
    `    "${path}|"*) words="${words.join(" ")}" ;;`,
  ]);
  return `_igr() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case " ${all.map(({ path }) => path.replaceAll(" ", "_")).join(" ")} " in
      *" \${path:+\${path}_}$word "*) path="\${path:+\${path}_}$word" ;;
    esac
  done
  path="\${path//_/ }"
  case "$path|$before" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _igr igr
`;
}

function fish(all: readonly Completed[]): string {
  const lines = all.flatMap(({ path, words, choices }) => {
    const condition =
      path === ""
        ? "__fish_use_subcommand"
        : path
            .split(" ")
            .map((word) => `__fish_seen_subcommand_from ${word}`)
            .join("; and ");
    return [
      `complete -c igr -n '${condition}' -f -a '${words.filter((word) => !word.startsWith("-")).join(" ")}'`,
      ...words
        .filter((word) => word.startsWith("--"))
        .map((word) => `complete -c igr -n '${condition}' -l '${word.slice(2)}'`),
      ...choices.map(
        ({ option, values }) => `complete -c igr -n '${condition}' -l '${option.slice(2)}' -x -a '${values.join(" ")}'`,
      ),
    ];
  });
  return `${lines.join("\n")}\n`;
}
