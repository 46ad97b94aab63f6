import type { Pkcs11Settings } from '../pkcs11/settings.ts'
import type { WayKind } from './kind.ts'

/**
 * A token that speaks PKCS#11: an HSM, a smart card, SoftHSM2. It makes a key that never leaves it, and encrypts the seed with
 * it. It is needed to open the root, not while a server runs.
 */
export const pkcs11Kind: WayKind<Pkcs11Settings> = {
  kind: 'pkcs11',

  async protect(seed, settings, context, answers) {
    const { protectByToken } = await import('../pkcs11/token-way.ts')
    return protectByToken(seed, settings, context, answers)
  },

  async reveal(parameters, context, answers) {
    const { revealByToken } = await import('../pkcs11/token-way.ts')
    return revealByToken(parameters, context, answers)
  },

  describe: ({ library = '', label = '', serial = '' }) => `the token ${label} (serial number ${serial}) by ${library}`,

  needsPerson: ({ pinFile }) => pinFile === undefined,

  async discard(parameters, context) {
    const { destroyTokenKeys } = await import('../pkcs11/token-way.ts')
    await destroyTokenKeys(parameters, context)
  },
}
