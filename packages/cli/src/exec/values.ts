import { open } from 'node:fs/promises'
import type { Reader } from '../files/envelopes.ts'
import { NotStarted } from '../exit.ts'
import { UsageError } from '../usage-error.ts'
import { parseEnvFile } from './env-file.ts'
import { requireAllowed } from './variables.ts'

/** Where values come from. */
export interface Sources {
  /** Encrypted files by the names of the variables whose values they hold. */
  env: Readonly<Record<string, string>>
  /** Encrypted files of lines `NAME=value`. */
  envFile: readonly string[]
}

/** No system takes an environment of that size. */
const MAX_BYTES = 2 ** 21

/**
 * Decrypts and verifies everything, before anything is made of it.
 *
 * @throws NotStarted for the first file that cannot be had, or holds what cannot or may not be a variable.
 */
export async function decryptedValues(
  { env, envFile }: Sources,
  { envelope, expect }: Pick<Reader, 'envelope' | 'expect'>,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const values = new Map<string, string>()
  const files: [file: string, pairsOf: (text: string) => [string, string][]][] = [
    ...envFile.map((file): (typeof files)[number] => [file, parseEnvFile]),
    ...Object.entries(env).map(([name, file]): (typeof files)[number] => [file, (text) => [[name, withoutEnd(text)]]]),
  ]
  for (const [file, pairsOf] of files) {
    try {
      for (const [name, value] of pairsOf(await decryptedText(file))) add(values, name, value)
    } catch (error) {
      signal.throwIfAborted()
      throw new NotStarted(file, error)
    }
  }
  return Object.fromEntries(values)

  async function decryptedText(file: string): Promise<string> {
    const { plaintext } = await envelope.decrypt(await read(file), { expect: expect(undefined), signal })
    return asText(plaintext)
  }
}

function add(values: Map<string, string>, name: string, value: string): void {
  requireAllowed(name, value)
  if (values.has(name)) throw new UsageError(`${JSON.stringify(name)} has a value already: each is given once.`)
  values.set(name, value)
}

async function read(file: string): Promise<Uint8Array> {
  await using handle = await open(file, 'r')
  const { size } = await handle.stat()
  if (size > MAX_BYTES) throw new UsageError(`An environment has at most ${MAX_BYTES} bytes.`)
  return handle.readFile()
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

/** Without the line ends at its end: as a shell makes `$(…)` a value, and as nobody sees them in an editor. */
function withoutEnd(text: string): string {
  return text.replace(/\n+$/, '')
}
