import { Secret } from '@keyhold/protocol'
import { acceptChosen } from '../../../crypto/import/chosen-material.ts'
import type { CryptoThreads } from '../../../crypto/workers/crypto-threads.ts'
import { isMultiRegionKeyId } from '../../../domain/keys/multi-region.ts'
import { keySpec } from '../../../domain/keys/specs.ts'
import type { Chosen } from '../../../execution/chosen.ts'
import type { Directory } from '../../../identity/directory/directory.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { SeedGrant, SeedKey, SeedReplica } from './key-format.ts'
import { fault } from './kinds.ts'
import { givenBytes } from './material.ts'
import type { Place, SeedCaller } from './seed-caller.ts'

interface Context {
  caller: SeedCaller
  directory: Directory
  threads: CryptoThreads
  clock: Clock
  /** Makes replicas ready, as the job does that runs every second. */
  settle(): Promise<void>
}

/** How many keys are made at once, so that their commits share a write to the disk. */
const AT_ONCE = 16
const DAY_MS = 86_400_000

/** Makes the keys that do not exist yet. What exists stays as it is, whatever the seed says. */
export async function seedKeys(keys: readonly SeedKey[], context: Context): Promise<void> {
  const waiting = keys.entries()
  const work = async (): Promise<void> => {
    for (const [index, key] of waiting) await seedKey(key, `keys[${index}]`, context)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, keys.length) }, work))
  const replicated = [...keys.entries()].flatMap(([index, key]) =>
    key.replicas.map((replica, at) => ({ key, replica, path: `keys[${index}].replicas[${at}]` })),
  )
  for (const { key, replica, path } of replicated) await seedReplica(key, replica, path, context)
}

async function seedKey(key: SeedKey, path: string, context: Context): Promise<void> {
  const { caller, directory } = context
  await directory.catchUp()
  if (await directory.key({ region: key.region, keyId: key.id })) return
  const [first, ...later] = await materialsOf(key, path, context)
  const isExternal = key.origin === 'EXTERNAL'
  const chosen = { keyId: key.id, ...(first && !isExternal && { material: first }) }
  await caller.kms(path, key, 'CreateKey', wantedKey(key), chosen)
  if (first && isExternal) await importMaterial(key, first, path, context)
  for (const material of later) await caller.kms(path, key, 'RotateKeyOnDemand', { KeyId: key.id }, { material })
  if (key.rotationDays !== undefined) {
    const input = { KeyId: key.id, RotationPeriodInDays: key.rotationDays }
    await caller.kms(`${path}.rotationDays`, key, 'EnableKeyRotation', input)
  }
  for (const each of [first, ...later]) each?.wipe()
  // Its state comes after its replicas, for which it must be enabled.
  await giveItsOwn({ ...key, state: key.replicas.length > 0 ? undefined : key.state }, key, path, context)
}

function wantedKey(key: SeedKey): object {
  const spec = keySpec(key.spec)
  return {
    KeySpec: spec.name,
    KeyUsage: key.usage ?? spec.usages[0],
    Origin: key.origin,
    MultiRegion: isMultiRegionKeyId(key.id),
    Description: key.description,
    Tags: tagsOf(key),
  }
}

/** From the oldest to the current one; all of them were chosen, or none. */
async function materialsOf(key: SeedKey, path: string, context: Context): Promise<Secret[]> {
  if (key.material === undefined) return []
  const earlier = key.earlierMaterials.map((text, index) => ({ text, at: `${path}.earlierMaterials[${index}]` }))
  const materials: Secret[] = []
  for (const { text, at } of [...earlier, { text: key.material, at: `${path}.material` }]) {
    materials.push(await materialOf(text, key, at, context))
  }
  return materials
}

async function materialOf(
  text: string,
  { spec: name, account }: SeedKey,
  path: string,
  { threads }: Context,
): Promise<Secret> {
  const spec = keySpec(name)
  const accepted = await acceptChosen(spec, Secret.of(givenBytes(text, { spec, path })), threads.for(account))
  if (typeof accepted === 'string') throw fault(path, `a private key of ${name}`)
  return accepted
}

async function importMaterial(key: SeedKey, material: Secret, path: string, { caller, clock }: Context): Promise<void> {
  const { expires, expiresInDays } = key
  const validTo = expires === undefined ? expiresInDays && clock.now() + expiresInDays * DAY_MS : Date.parse(expires)
  const input = {
    KeyId: key.id,
    // What is imported was chosen, so these are not looked at.
    ImportToken: 'AA==',
    EncryptedKeyMaterial: 'AA==',
    ...(validTo === undefined
      ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
      : { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: validTo / 1000 }),
  }
  await caller.kms(`${path}.material`, key, 'ImportKeyMaterial', input, { material } satisfies Chosen)
}

async function seedReplica(key: SeedKey, replica: SeedReplica, path: string, context: Context): Promise<void> {
  const { caller, directory, settle } = context
  const place = { account: key.account, region: replica.region }
  await directory.catchUp()
  if ((await directory.key({ ...place, keyId: key.id })) === undefined) {
    const { description: Description } = replica
    const input = { KeyId: key.id, ReplicaRegion: replica.region, Description, Tags: tagsOf(replica) }
    await caller.kms(path, key, 'ReplicateKey', input)
    await settle()
    await giveItsOwn({ ...replica, id: key.id }, place, path, context)
  }
  const isLast = key.replicas.at(-1) === replica
  if (isLast) await giveState(key, key, path.replace(/\.replicas.*$/, ''), context)
}

type Own = Pick<SeedReplica, 'aliases' | 'grants' | 'policy' | 'state' | 'deletionDays'> & { id: string }

/** The policy comes after what it might deny, and the state last. */
async function giveItsOwn(own: Own, place: Place, path: string, context: Context): Promise<void> {
  const { caller, directory } = context
  const { account: accountId, region } = place
  for (const [index, name] of own.aliases.entries()) {
    await directory.catchUp()
    if (await directory.alias({ accountId, region }, name)) continue // it stays where it is
    await caller.kms(`${path}.aliases[${index}]`, place, 'CreateAlias', { AliasName: name, TargetKeyId: own.id })
  }
  for (const [index, grant] of own.grants.entries()) {
    await caller.kms(`${path}.grants[${index}]`, place, 'CreateGrant', { KeyId: own.id, ...wantedGrant(grant) })
  }
  if (own.policy !== undefined) {
    const input = { KeyId: own.id, Policy: own.policy, BypassPolicyLockoutSafetyCheck: true }
    await caller.kms(`${path}.policy`, place, 'PutKeyPolicy', input)
  }
  await giveState(own, place, path, context)
}

function wantedGrant({ grantee, operations, name, retiring, contextEquals, contextSubset }: SeedGrant): object {
  const Constraints = {
    ...(contextEquals && { EncryptionContextEquals: contextEquals }),
    ...(contextSubset && { EncryptionContextSubset: contextSubset }),
  }
  return {
    GranteePrincipal: grantee,
    Operations: operations,
    Name: name,
    RetiringPrincipal: retiring,
    ...(Object.keys(Constraints).length > 0 && { Constraints }),
  }
}

async function giveState(
  { id, state, deletionDays }: Own | SeedKey,
  place: Place,
  path: string,
  { caller }: Context,
): Promise<void> {
  const at = `${path}.state`
  if (state === 'Disabled') await caller.kms(at, place, 'DisableKey', { KeyId: id })
  if (state === 'PendingDeletion') {
    await caller.kms(at, place, 'ScheduleKeyDeletion', { KeyId: id, PendingWindowInDays: deletionDays })
  }
}

function tagsOf({ tags }: Pick<SeedReplica, 'tags'>): object[] {
  return Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
}
