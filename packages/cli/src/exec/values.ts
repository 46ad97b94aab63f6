import { NotStarted } from '../process/exit.ts'
import { boundPath } from '../shared/bound-path.ts'
import type { Binding } from '../shared/bound-path.ts'
import type { Reader } from '../shared/envelopes.ts'
import { readWhole, requireNotTyped } from '../shared/input.ts'
import { UsageError } from '../base/errors.ts'
import { parseEnvFile } from './env-file.ts'
import { requireAllowed } from './variables.ts'

/** Where values come from. */
export interface Sources extends Binding {
  /** Encrypted files by the names of the variables whose values they hold. */
  env: Readonly<Record<string, string>>
  /** Encrypted files of lines `NAME=value`. */
  envFile: readonly string[]
}

/** No system takes an environment of that size. */
const MAX_BYTES = 2 ** 21

interface Source {
  file: string
  pairsOf: (text: string) => [name: string, value: string][]
}

/**
 * Decrypts and verifies everything, before anything is made of it.
 *
 * @throws NotStarted for the first file that cannot be had, or holds what cannot or may not be a variable.
 */
export async function decryptedValues(
  sources: Sources,
  { envelope, expect, reading }: Reader,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const values = new Map<string, string>()
  for (const { file, pairsOf } of listed(sources)) {
    try {
      const place = sources.bindPath === undefined ? undefined : boundPath(sources.bindPath, file)
      requireNotTyped(file)
      const message = await readWhole(file, MAX_BYTES, 'an environment')
      const { plaintext } = await reading(place, () => envelope.decrypt(message, { expect: expect(place), signal }))
      for (const [name, value] of pairsOf(asText(plaintext))) add(values, name, value)
    } catch (error) {
      signal.throwIfAborted()
      throw new NotStarted(file, error)
    }
  }
  return Object.fromEntries(values)
}

function listed({ env, envFile }: Sources): Source[] {
  const single = Object.entries(env).map(([name, file]): Source => ({
    file,
    pairsOf: (text) => [[name, withoutEnd(text)]],
  }))
  return [...envFile.map((file) => ({ file, pairsOf: parseEnvFile })), ...single]
}

function add(values: Map<string, string>, name: string, value: string): void {
  requireAllowed(name, value)
  if (values.has(name)) throw new UsageError(`${JSON.stringify(name)} has a value already: each is given once.`)
  values.set(name, value)
}

function asText(plaintext: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext)
  } catch {
    throw new UsageError('What it holds is not text in UTF-8, as a variable is.')
  } finally {
    plaintext.fill(0)
  }
}

/** Without the line ends at its end: as a shell makes `$(…)` a value, and as editors do not show them. */
function withoutEnd(text: string): string {
  return text.replace(/(\r?\n)+$/, '')
}
