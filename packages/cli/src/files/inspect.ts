import type { UnverifiedHeader } from '@keyhold/client'
import { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { properties } from '../terminal/table.ts'
import { headerFacts } from './header-facts.ts'
import type { HeaderFacts } from './header-facts.ts'
import { UsageError } from '../base/errors.ts'
import { limitsOf, withMaxFrame } from '../shared/options.ts'
import { chunksOf, messageFrom, openInput, requireNotTyped } from '../shared/input.ts'

export function inspectCommand(): Command {
  const command = new Command('inspect')
    .summary('show what an encrypted file says about itself')
    .description(
      'Shows the header of an encrypted file, or of standard input. Needs no key: so nothing in it is verified.',
    )
    .argument('[in]', 'the encrypted file (default: standard input)')
    .option('--json', 'print JSON')
  return withMaxFrame(command).action(inspect)
}

interface Flags {
  json?: boolean
  /** In bytes. */
  maxFrame?: number
}

async function inspect(name: string | undefined, { json, maxFrame }: Flags): Promise<void> {
  requireNotTyped(name)
  const { source } = await openInput(name)
  const description = await describe(await headerIn(messageFrom(name, chunksOf(source)), name, maxFrame))
  if (json === true) printJson(description)
  else print(toText(description))
}

/** What a key file begins with; no message does. */
const KEY_FILE = /^\s*\{[^]*"keyhold-key-file\//

async function headerIn(
  chunks: AsyncIterable<Uint8Array>,
  name: string | undefined,
  maxFrame: number | undefined,
): Promise<UnverifiedHeader> {
  const { readUnverifiedHeader } = await import('@keyhold/client')
  let beginning = ''
  async function* noted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      if (beginning === '') beginning = Buffer.from(chunk.subarray(0, 512)).toString()
      yield chunk
    }
  }
  try {
    return await readUnverifiedHeader(noted(), limitsOf(maxFrame).limits)
  } catch (error) {
    throw KEY_FILE.test(beginning) ? keyFileInstead(name) : error
  }
}

function keyFileInstead(name: string | undefined): UsageError {
  const what = name === undefined || name === '-' ? 'Standard input' : JSON.stringify(name)
  return new UsageError(`${what} is a key file, not a message. Show it with: keyhold key-file show FILE`)
}

interface Description extends HeaderFacts {
  verified: false
  headerBytes: number
}

export async function describe({ header, headerBytes }: UnverifiedHeader): Promise<Description> {
  return { verified: false, ...(await headerFacts(header)), headerBytes }
}

export function toText(description: Description): string {
  const { suite, messageVersion, messageId, frameLength, headerBytes } = description
  const pairs = Object.entries(description.encryptionContext)
  const keys = description.encryptedDataKeys
  return [
    'Nothing here is verified: only decrypting can do that.\n\n',
    properties([
      ['message', `version ${messageVersion}, ${messageId}`],
      ['suite', `${suite.id} ${suite.name}`],
      ['signed', suite.signed ? 'yes' : 'no'],
      ['frames', `${frameLength} bytes`],
      ['header', `${headerBytes} bytes`],
    ]),
    `\nEncryption context${pairs.length === 0 ? ': none' : ''}\n`,
    pairs.map(([name, value]) => `  ${printable(name)} = ${printable(value)}\n`).join(''),
    `\nOpened by any of ${keys.length === 1 ? 'one key' : `${keys.length} keys`}\n`,
    keys.map(({ provider, key }) => `  ${printable(provider)} ${printable(key)}\n`).join(''),
  ].join('')
}
