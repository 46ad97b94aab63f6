import { resolve } from 'node:path'
import { Secret } from '@keyhold/protocol'
import { type Argon2Cost, argon2id } from '../../../crypto/argon2id.ts'
import { openDerived, type SealBinding, sealDerived } from '../../../crypto/derived-seal.ts'
import { equalInConstantTime } from '../../../crypto/constant-time.ts'
import { intoKeyObject } from '../../../crypto/secret-key.ts'
import { type FileRole, readPrivateFile } from '../private-file.ts'
import { RootError } from '../root-error.ts'
import type { Answers, WayContext, WayKind } from './kind.ts'
import { tunedCost } from './tune.ts'
import type { WayParameters } from './way.ts'

/** The passphrase is an answer. */
export interface PassphraseSettings {
  /** A file with the passphrase, relative to the data folder, which the way names: it then opens without a person. */
  file?: string
  /** A file with the passphrase of the new way; without it, the answers have it, and a person types it twice. */
  newFile?: string
}

const SALT_BYTES = 16
const LABEL = 'keyhold/root-way/passphrase'
const VERSION = Uint8Array.of(1)
/** Fewer are guessed, whatever a guess costs. */
const LEAST_BYTES = 12
const MAX_BYTES = 1024
/** What a way's file may ask of the machine that opens it: twice the first recommended choice of RFC 9106, section 4. */
const MOST = { memoryKiB: 4 * 2 ** 20, passes: 1000, lanes: 64 }
const PASSPHRASE_FILE: FileRole = {
  name: 'passphrase file',
  remedy: 'Name the file that has the passphrase with --passphrase-file FILE.',
  maxBytes: MAX_BYTES,
}

/** A passphrase, by argon2id. */
export const passphraseKind = passphraseKindWith(tunedCost)

/** The same at another cost, for tests. */
export function passphraseKindWith(costOf: () => Promise<Argon2Cost>): WayKind<PassphraseSettings> {
  return {
    kind: 'passphrase',

    async protect(seed, { file, newFile }, context, answers) {
      const given = newFile === undefined ? answers : { passphraseFile: newFile }
      using passphrase = await passphraseOf(file, context, given)
      if (given.passphraseFile === undefined && file === undefined) await confirm(passphrase, context, answers)
      if (passphrase.byteLength < LEAST_BYTES) {
        throw new RootError('refused', `A passphrase for the root has at least ${LEAST_BYTES} bytes.`)
      }
      const cost = await costOf()
      const salt = context.random.bytes(SALT_BYTES)
      const key = intoKeyObject(await argon2id(passphrase, { salt, associatedData: context.binding }, cost))
      const sealed = sealDerived(key, bindingOf(context), seed.reveal(), context.random)
      return {
        ...(file !== undefined && { file }),
        salt: Buffer.from(salt).toString('base64'),
        memoryKiB: String(cost.memoryKiB),
        passes: String(cost.passes),
        lanes: String(cost.lanes),
        sealed: Buffer.from(sealed).toString('base64'),
      }
    },

    async reveal(parameters, context, answers) {
      const { salt = '', sealed = '' } = parameters
      const cost = costIn(parameters, context)
      using passphrase = await passphraseOf(parameters['file'], context, answers)
      const input = { salt: Buffer.from(salt, 'base64'), associatedData: context.binding }
      const key = intoKeyObject(await argon2id(passphrase, input, cost))
      const seed = openDerived(key, bindingOf(context), Buffer.from(sealed, 'base64'))
      if (seed) return seed
      throw new RootError('wrong', `The passphrase is not that of the way ${context.name}.`)
    },

    describe: ({ file }) => (file === undefined ? 'a passphrase' : `passphrase in ${file}`),

    needsPerson: ({ file }) => file === undefined,
  }
}

/** What was given, of a file that the caller names, of one that the way names, or of a person; in this order. */
async function passphraseOf(
  file: string | undefined,
  { id, name, folder }: WayContext,
  { passphraseFile, passphrase, isGiven }: Answers,
): Promise<Secret> {
  if (isGiven === true) {
    const given = await passphrase?.({ id, name })
    if (given) return given
  }
  if (passphraseFile !== undefined) return readPassphrase(resolve(passphraseFile))
  if (file !== undefined) return readPassphrase(resolve(folder, file))
  const typed = await passphrase?.({ id, name })
  if (typed) return typed
  throw new RootError('wanting', `The way ${name} needs its passphrase. ${PASSPHRASE_FILE.remedy}`)
}

/** A person may have mistyped what they do not see. */
async function confirm(passphrase: Secret, { id, name }: WayContext, answers: Answers): Promise<void> {
  using again = await answers.passphrase?.({ id, name })
  if (again && equalInConstantTime(again.reveal(), passphrase.reveal())) return
  throw new RootError('wrong', 'The passphrase was typed in two ways. Nothing was changed.')
}

/** A line break at the end of the file is not of the passphrase. */
async function readPassphrase(file: string): Promise<Secret> {
  const bytes = await readPrivateFile(file, PASSPHRASE_FILE)
  const end = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? -2 : -1) : undefined
  const passphrase = Secret.of(Uint8Array.from(bytes.subarray(0, end)))
  bytes.fill(0)
  return passphrase
}

function bindingOf({ binding }: WayContext): SealBinding {
  return { label: LABEL, context: binding, prefix: VERSION, additionalData: binding }
}

/** Throws RootError `damaged` for a cost that Keyhold never chooses. */
function costIn(parameters: WayParameters, { name }: WayContext): Argon2Cost {
  const [memoryKiB, passes, lanes] = (['memoryKiB', 'passes', 'lanes'] as const).map((one) => {
    const text = parameters[one] ?? ''
    const value = /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : 0
    if (value > 0 && value <= MOST[one]) return value
    throw new RootError('damaged', `The way ${name} names a cost that its passphrase cannot have (${one}).`)
  }) as [number, number, number]
  if (memoryKiB < 8 * lanes) throw new RootError('damaged', `The way ${name} has less memory than its lanes need.`)
  return { memoryKiB, passes, lanes }
}
