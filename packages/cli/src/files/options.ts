import { InvalidArgumentError } from 'commander'

/** For an option that may be repeated. */
export function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value]
}

/** For `-c name=value`, repeated: every name once. The value may contain further equals signs. */
export function collectContext(text: string, previous: Readonly<Record<string, string>>): Record<string, string> {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('It must be NAME=VALUE.')
  const name = text.slice(0, equals)
  if (Object.hasOwn(previous, name))
    throw new InvalidArgumentError(`The name ${JSON.stringify(name)} was given before.`)
  const context = Object.create(null) as Record<string, string> // so that __proto__ is a name like any other
  return Object.assign(context, previous, { [name]: text.slice(equals + 1) })
}
