import type { Secret } from '@keyhold/protocol'
import { type FileRole, readPrivateFile } from '../private-file.ts'
import { RootError } from '../root-error.ts'
import type { WayKind } from './kind.ts'
import { parseIdentity, recipientOf, type WayKey } from './way-key.ts'

/** The recipient whose identity is kept elsewhere. */
export interface RecipientSettings {
  recipient: string
}

const IDENTITY_FILE: FileRole = {
  name: 'age identity file',
  remedy: 'Name the file that age-keygen made, not encrypted by a passphrase.',
  maxBytes: 65_536,
}

/** An age identity that someone keeps elsewhere: Keyhold knows its public half alone. */
export const recipientKind: WayKind<RecipientSettings> = {
  kind: 'recipient',
  protect: () => Promise.resolve({}),
  recipient: ({ recipient }) => recipient,

  async reveal(_, { recipient, name }, { identities = [] }) {
    if (identities.length === 0) {
      const advice = 'Name the file that has it with --identity FILE.'
      throw new RootError('wanting', `The way ${name} needs the age identity of its recipient. ${advice}`)
    }
    for (const file of identities) {
      const seed = await seedIn(file, recipient)
      if (seed) return seed
    }
    throw new RootError('wrong', `No identity in ${identities.join(', ')} is that of the recipient of the way ${name}.`)
  },

  describe: () => 'an age identity that is kept elsewhere',

  needsPerson: () => true,
}

async function seedIn(file: string, recipient: string): Promise<Secret | undefined> {
  const bytes = await readPrivateFile(file, IDENTITY_FILE)
  const lines = bytes.toString('latin1').split(/\r?\n/)
  bytes.fill(0)
  const parsed = await Promise.all(lines.map((line) => parseIdentity(line.trim())))
  const keys = parsed.filter((key): key is WayKey => key !== undefined)
  let found: Secret | undefined
  for (const key of keys) {
    if (found === undefined && (await recipientOf(key)) === recipient) found = key.seed
    else key.seed.wipe()
  }
  return found
}
