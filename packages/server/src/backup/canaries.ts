import { equalInConstantTime } from '../crypto/constant-time.ts'
import { sha256Bytes } from '../crypto/sha256.ts'
import type { Random } from '../platform/random.ts'
import { IntegrityError, type Sealing } from '../vault/hierarchy/sealing.ts'
import { jsonMember } from './description.ts'

/**
 * Secrets that a backup carries so that a drill can show that they open: one for each domain, sealed by the domain's newest key when
 * the backup was made. They protect nothing.
 */

interface Canary {
  id: string
  domain: string
  generation: number
  /** In base64. */
  sealed: string
  /** Of the secret, in base64. */
  sha256: string
}

const FORMAT = 1
const CANARY_BYTES = 32

/** What seals canaries, and knows the domains. */
export type Sealer = Pick<Sealing, 'seal'> & { generations(): Promise<readonly { domain: string }[]> }

/** The content of `canaries.json`. */
export async function plantCanaries(hierarchy: Sealer, random: Random): Promise<Uint8Array> {
  const canaries: Canary[] = []
  for (const domain of new Set((await hierarchy.generations()).map(({ domain }) => domain))) {
    const id = random.uuid()
    using secret = random.secret(CANARY_BYTES)
    const sha256 = Buffer.from(sha256Bytes(secret.reveal())).toString('base64')
    const { generation, bytes } = await hierarchy.seal(domain, 'canary', [id], secret)
    canaries.push({ id, domain, generation, sealed: Buffer.from(bytes).toString('base64'), sha256 })
  }
  return jsonMember({ format: FORMAT, canaries })
}

/** Opens each of them. Returns the domains. Throws {@link IntegrityError} for the first that does not open as it was planted. */
export async function openCanaries(content: Uint8Array, hierarchy: Pick<Sealing, 'unseal'>): Promise<string[]> {
  const { canaries } = JSON.parse(new TextDecoder().decode(content)) as { canaries: Canary[] }
  for (const { id, domain, generation, sealed, sha256 } of canaries) {
    const bytes = Buffer.from(sealed, 'base64')
    using secret = await hierarchy.unseal(domain, 'canary', [id], { generation, bytes })
    if (equalInConstantTime(sha256Bytes(secret.reveal()), Buffer.from(sha256, 'base64'))) continue
    throw new IntegrityError(`the canary of ${domain} is not the one that was planted`)
  }
  return canaries.map(({ domain }) => domain)
}
