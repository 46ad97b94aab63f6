import type { CompletedCommand, Place } from './commands.ts'

/**
 * A text as one word of any of the shells.
 *
 * @throws Error for a backslash, which fish alone takes for something else than itself between quotes.
 */
export function quoted(text: string): string {
  if (text.includes('\\')) throw new Error(`a backslash in: ${text}`)
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** A place as a word for the scripts: the words to choose from have spaces between them. */
export function placeWord(place: Place): string {
  return quoted(typeof place === 'string' ? place : place.join(' '))
}

/** The lines of a `case` for bash and zsh by which a word leads on: to a command (`at`), or to a flag's value (`takes`). */
export function stepCases(commands: readonly CompletedCommand[]): string[] {
  return steps(commands).map(({ words, place }) => {
    const patterns = words.map(quoted).join(' | ')
    return place === undefined ? `${patterns}) at="$at $1" ;;` : `${patterns}) takes=${placeWord(place)} ;;`
  })
}

/** Words that lead on, each with the command that it follows. */
interface Steps {
  words: readonly string[]
  /** Absent where they lead to commands. */
  place?: Place
}

export function steps(commands: readonly CompletedCommand[]): Steps[] {
  return commands.flatMap(({ path, subcommands, flags }) => {
    const below: Steps[] = subcommands.length === 0 ? [] : [{ words: subcommands.map(({ name }) => `${path} ${name}`) }]
    const values = flags.flatMap(({ names, value }) =>
      value === undefined ? [] : [{ words: names.map((name) => `${path} ${name}`), place: value }],
    )
    return [...below, ...values]
  })
}
