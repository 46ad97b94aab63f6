import { Secret } from '@keyhold/protocol'
import type { CryptoThreads } from '../../../crypto/workers/crypto-threads.ts'
import type { Sealing } from '../../../vault/hierarchy/sealing.ts'
import { isMultiRegionKeyId } from '../../../domain/keys/multi-region.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import type { Random } from '../../../platform/random.ts'
import { aliasTable } from '../../../vault/records/alias.ts'
import { Changeset } from '../../../vault/records/changeset.ts'
import { keyTable } from '../../../vault/records/key.ts'
import type { Records } from '../../../vault/records/records.ts'
import { addKey } from '../../../services/kms/keys/new-key.ts'
import type { SeedKey } from './seed-file.ts'

interface Context {
  records: Records
  hierarchy: Sealing
  random: Random
  threads: CryptoThreads
}

/** Creates the keys that do not exist yet. Existing keys are unchanged, whatever the seed file states. */
export async function applySeed(keys: readonly SeedKey[], nowMs: number, context: Context): Promise<void> {
  for (const key of keys) {
    if (await context.records.unread.get(keyTable, { region: key.region, keyId: key.id })) continue
    await createSeedKey(key, nowMs, context)
  }
}

async function createSeedKey(seed: SeedKey, nowMs: number, context: Context): Promise<void> {
  const place = { accountId: seed.account, region: seed.region }
  const aliases = await freeAliases(seed, context)
  const changes = new Changeset()
  await addKey(
    {
      ...place,
      spec: keySpec('SYMMETRIC_DEFAULT'),
      description: seed.description,
      tags: Object.entries(seed.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      aliases,
      policy: seed.policy === undefined ? undefined : { text: seed.policy },
      nowMs,
      keyId: seed.id,
      multiRegion: isMultiRegionKeyId(seed.id),
      material: seed.material && Secret.of(seed.material),
    },
    context,
    changes,
  )
  for (const name of aliases) {
    const alias = { ...place, name, targetKeyId: seed.id, createdMs: nowMs, updatedMs: nowMs }
    changes.insert(aliasTable, alias)
  }
  await context.records.commit(changes)
}

/** The aliases that no key has yet. */
async function freeAliases({ account: accountId, region, aliases }: SeedKey, { records }: Context): Promise<string[]> {
  const taken = await Promise.all(aliases.map((name) => records.unread.get(aliasTable, { accountId, region, name })))
  return aliases.filter((_, index) => taken[index] === undefined)
}
