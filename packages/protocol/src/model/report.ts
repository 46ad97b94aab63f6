/** How much of a value an error quotes, in UTF-16 code units: enough for every value that AWS accepts but a policy. */
const MAX_ECHO = 4096
/** How many failures one answer lists: 1 MiB of bad tags must not become 100 MiB of complaints. */
const MAX_FAILURES = 32

/** Collects what is wrong with one input, in AWS's sentences. */
export class Report {
  readonly #failures: string[] = []

  /** `shown` is how the value is quoted; `undefined` for a sensitive value, which is never quoted. */
  add(shown: string | undefined, path: string, constraint: string): void {
    if (this.isFull) return
    const value = shown === undefined ? 'Value' : `Value ${shown}`
    this.#failures.push(`${value} at '${path}' failed to satisfy constraint: ${constraint}`)
  }

  /** Nothing more will be listed, so there is no point in looking further. */
  get isFull(): boolean {
    return this.#failures.length >= MAX_FAILURES
  }

  /** The whole message, or nothing when the input is valid. */
  get message(): string | undefined {
    const { length } = this.#failures
    if (length === 0) return undefined
    return `${length} validation error${length === 1 ? '' : 's'} detected: ${this.#failures.join('; ')}`
  }
}

/** A value as AWS quotes it. Never call it with a sensitive one. */
export function show(value: unknown): string {
  if (value === undefined) return 'null'
  // AWS's servers are written in Java, and their errors show it.
  if (value instanceof Uint8Array) return `'java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]'`
  if (Array.isArray(value)) return `'${shorten(`[${value.slice(0, MAX_ECHO).join(', ')}]`)}'`
  return `'${shorten(`${value as string | number}`)}'` // nothing else has constraints
}

function shorten(text: string): string {
  return text.length <= MAX_ECHO ? text : `${text.slice(0, MAX_ECHO).toWellFormed()}...`
}
