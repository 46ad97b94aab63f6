import type { CompletedCommand, CompletedFlag, Place } from './commands.ts'
import { placeWord, quoted, steps } from './steps.ts'

/** Completion for fish from 3 on. Without a rule for them no files are offered. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of keyhold for fish: keyhold completion fish | source
function __keyhold_at
    set -l at keyhold
    set -l takes
    for word in (commandline -opc)[2..-1]
        if test -n "$takes"
            set takes
            continue
        end
        switch "$at $word"
            ${cases(commands).join('\n            ')}
        end
    end
    test "$at" = "$argv[1]"
end

complete -c keyhold -f
${commands.flatMap(rules).join('\n')}
`
}

function cases(commands: readonly CompletedCommand[]): string[] {
  return steps(commands).map(({ words, place }) => {
    const effect = place === undefined ? 'set at "$at $word"' : 'set takes yes'
    return `case ${words.map(quoted).join(' ')}; ${effect}`
  })
}

function rules({ path, subcommands, flags, operands }: CompletedCommand): string[] {
  const rule = `complete -c keyhold -n ${quoted(`__keyhold_at "${path}"`)}`
  const words = subcommands.map(({ name, description }) => `${rule} -a ${name} -d ${quoted(description)}`)
  const offered = operands === 'anything' ? [] : [`${rule} ${operandRule(operands)}`]
  return [...words, ...flags.map((flag) => `${rule} ${flagRule(flag)}`), ...offered]
}

function flagRule({ names, description, value }: CompletedFlag): string {
  const spelled = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const valued = value === undefined ? [] : [`-r ${value === 'anything' ? '-f' : operandRule(value)}`]
  return [...spelled, ...valued, `-d ${quoted(description)}`].join(' ')
}

function operandRule(place: Place): string {
  return place === 'files' || place === 'program' ? '-F' : `-f -a ${placeWord(place)}`
}
