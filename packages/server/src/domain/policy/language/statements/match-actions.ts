import type { ListElement } from '../document.ts'
import type { Glob } from '../patterns/glob.ts'
import { globOf } from '../patterns/template.ts'
import type { Work } from '../patterns/work.ts'

/** Which actions a statement covers. Action names are case-insensitive, and compared in lower case. */
export class ActionMatcher {
  readonly #not: boolean
  readonly #all: boolean
  readonly #names: ReadonlySet<string>
  /** Patterns of the form prefix and `*`, which are the most common. */
  readonly #prefixes: readonly string[]
  readonly #globs: readonly Glob[]

  constructor({ not, values }: ListElement) {
    const actions = values.map((value) => value.toLowerCase())
    const isName = (action: string): boolean => !/[*?]/.test(action)
    const isPrefix = (action: string): boolean => /^[^*?]+\*$/.test(action)
    this.#not = not
    this.#all = actions.includes('*')
    this.#names = new Set(actions.filter(isName))
    this.#prefixes = actions.filter(isPrefix).map((action) => action.slice(0, -1))
    this.#globs = actions.filter((action) => !isName(action) && !isPrefix(action)).map(globOf)
  }

  /** `action` is in lower case. */
  matches(action: string, work: Work): boolean {
    return this.#lists(action, work) !== this.#not
  }

  #lists(action: string, work: Work): boolean {
    if (this.#all || this.#names.has(action)) return true
    work.spend(1 + this.#prefixes.length + this.#globs.length)
    for (const prefix of this.#prefixes) if (action.startsWith(prefix)) return true
    for (const glob of this.#globs) if (glob.matches(action, work)) return true
    return false
  }
}
