import type { CompletedCommand } from './commands.ts'
import { placeWord, quoted, stepCases } from './steps.ts'

/**
 * Completion for bash from 4 on. Where files can stand nothing is offered, and bash's own completion of files follows:
 * that knows about quotes and home folders. Bash takes words apart at `=`.
 */
export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of keyhold for bash: source <(keyhold completion bash)
_keyhold_step() {
  case "$at $1" in
    ${stepCases(commands).join('\n    ')}
  esac
}

_keyhold() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at=keyhold takes= took= ended= words= flags= operands= i word
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == = ]]; then takes=$took
    elif [[ $takes ]]; then takes=
    elif [[ $ended ]]; then continue
    elif [[ $word == -- ]]; then ended=$((i + 1))
    else _keyhold_step "$word"; took=$takes
    fi
  done
  if [[ $cur == = ]]; then cur= takes=$took; fi
  case "$at" in
    ${commands.map(offer).join('\n    ')}
  esac
  if [[ $operands == program && $ended ]]; then
    if ((COMP_CWORD == ended)); then mapfile -t COMPREPLY < <(compgen -c -- "$cur"); fi
    return
  fi
  if [[ $takes ]]; then words= flags= operands=$takes; fi
  case "$operands" in
    files) ;;
    program | anything) compopt +o default ;;
    *) words+=" $operands"; compopt +o default ;;
  esac
  if [[ $cur == -* && ! $ended && ! $takes ]]; then words=$flags; compopt +o default; fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -o default -F _keyhold keyhold
`
}

function offer({ path, subcommands, flags, operands }: CompletedCommand): string {
  const words = quoted(subcommands.map(({ name }) => name).join(' '))
  const names = quoted(flags.flatMap((flag) => flag.names).join(' '))
  return `${quoted(path)}) words=${words} flags=${names} operands=${placeWord(operands)} ;;`
}
