import { argon2Sync } from 'node:crypto'
import { Failure } from './failure.ts'
import { openSeal } from './seals.ts'
import { bindingOf, type Way } from './ways.ts'

/** What a way may ask for (docs/spec/root-ways.md, "passphrase"). */
const MOST = { memoryKiB: 4 * 2 ** 20, passes: 1000, lanes: 64 }

/** The way key of a way of the kind `passphrase`. Throws {@link Failure}. */
export function wayKeyByPassphrase(way: Way, passphrase: Buffer): Buffer {
  const { salt = '', sealed = '', ...parameters } = way.parameters
  const [memory = 0, passes = 0, parallelism = 0] = (['memoryKiB', 'passes', 'lanes'] as const).map((name) => {
    const value = Number(parameters[name])
    if (Number.isSafeInteger(value) && value > 0 && value <= MOST[name]) return value
    throw new Failure(`The way ${way.name} asks for a cost that no passphrase has.`)
  })
  const binding = bindingOf(way)
  const costs = { memory, passes, parallelism, tagLength: 32 }
  const nonce = Buffer.from(salt, 'base64')
  const key = argon2Sync('argon2id', { message: passphrase, nonce, associatedData: binding, ...costs })
  const place = { label: 'keyhold/root-way/passphrase', context: binding, prefix: Uint8Array.of(1) }
  const opened = openSeal(key, place, Buffer.from(sealed, 'base64'))
  if (opened === undefined) throw new Failure(`The passphrase is not that of the way ${way.name}.`)
  return opened
}
