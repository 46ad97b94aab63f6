import type { CompletedCommand } from './commands.ts'
import { placeWord, quoted, stepCases } from './steps.ts'

/** Completion for zsh: to be sourced, or to lie in a folder of `fpath` as `_keyhold`. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef keyhold
# Completion of keyhold for zsh: source <(keyhold completion zsh)
_keyhold_step() {
  case "$at $1" in
    ${stepCases(commands).join('\n    ')}
  esac
}

_keyhold() {
  local at=keyhold takes= operands= cur=\${words[CURRENT]} word i ended
  local -a subcommands flags
  for (( i = 2; i < CURRENT; i++ )); do
    word=\${words[i]}
    if [[ -n $takes ]]; then takes=
    elif [[ -n $ended ]]; then continue
    elif [[ $word == -- ]]; then ended=$i
    else _keyhold_step "$word"
    fi
  done
  case "$at" in
    ${commands.map(offer).join('\n    ')}
  esac
  if [[ -n $ended && $operands == program ]]; then
    words=("\${(@)words[ended + 1,-1]}")
    (( CURRENT -= ended ))
    _normal
    return
  fi
  if [[ -z $ended && $cur == --*=* ]]; then _keyhold_step "\${cur%%=*}"; fi
  if [[ -n $takes ]]; then
    [[ $cur == *=* ]] && compset -P '*='
    operands=$takes
  elif [[ -z $ended && $cur == -* ]]; then
    _describe flag flags
    return
  elif (( $#subcommands )); then
    _describe command subcommands
  fi
  case "$operands" in
    files) _files ;;
    program | anything) ;;
    *) compadd -- \${=operands} ;;
  esac
}

if [[ $funcstack[1] == _keyhold ]]; then _keyhold "$@"; else compdef _keyhold keyhold; fi
`
}

function offer({ path, subcommands, flags, operands }: CompletedCommand): string {
  const commands = subcommands.map(({ name, description }) => quoted(`${name}:${description}`))
  const names = flags.flatMap((flag) => flag.names.map((name) => quoted(`${name}:${flag.description}`)))
  return `${quoted(path)}) subcommands=(${commands.join(' ')}) flags=(${names.join(' ')}) operands=${placeWord(operands)} ;;`
}
