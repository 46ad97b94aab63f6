import { isMultiRegionKeyId } from '../../../domain/keys/multi-region.ts'
import { keySpec, keySpecs } from '../../../domain/keys/specs.ts'
import { fault, listOf, mappingOf, oneOf, policyDocument, type Read, shapeOf, wholeNumber } from './kinds.ts'
import { givenBytes } from './material.ts'
import { aliases, DEFAULT_REGION, date, keyId, material, ofAccount, someText, tags } from './members.ts'

/** What a seed file says of KMS keys. */

export const GRANT = shapeOf('grant', {
  grantee: { kind: someText, says: 'The principal that gets it: an ARN, or the number of an account.', required: true },
  operations: { kind: listOf(someText), says: 'The operations that it allows, such as `Decrypt`.', required: true },
  name: { kind: someText, says: 'Its name.' },
  retiring: { kind: someText, says: 'The principal that can retire it.' },
  contextEquals: {
    kind: mappingOf(someText, { wanted: 'a mapping of names to text' }),
    says: 'The encryption context that requests must have exactly.',
  },
  contextSubset: {
    kind: mappingOf(someText, { wanted: 'a mapping of names to text' }),
    says: 'Pairs that the encryption context of requests must contain.',
  },
})

/** What replicas have of their own, as primary keys and keys of one Region do. */
const OWN = {
  region: { kind: someText, says: 'The Region.', usual: DEFAULT_REGION },
  description: { kind: someText, says: 'Its description.', usual: '' },
  aliases: { kind: aliases, says: 'Names of its aliases.', usual: [] as string[] },
  tags: { kind: tags, says: 'Its tags.', usual: {} as Record<string, string> },
  policy: { kind: policyDocument, says: 'Its key policy; AWS’s default policy if left out.' },
  grants: { kind: listOf(GRANT), says: 'Grants on it.', usual: [] as Read<typeof GRANT.members>[] },
  state: {
    kind: oneOf('Enabled', 'Disabled', 'PendingDeletion', 'PendingImport'),
    says: 'Its state; `Enabled` if left out, and `PendingImport` for a key that waits for its material.',
  },
  deletionDays: {
    kind: wholeNumber(7, 30),
    says: 'In how many days it is deleted, for the state `PendingDeletion`; 30 if left out.',
  },
} as const

export const REPLICA = shapeOf(
  'replica',
  { ...OWN, region: { ...OWN.region, usual: undefined, required: true as const } },
  (replica, at) => {
    if (replica.state === 'PendingImport')
      throw fault(`${at}.state`, 'another state: replicas of keys with imported material are not seeded')
    requireStateOfDays(replica, at)
  },
)

const KEY_MEMBERS = {
  id: { kind: keyId, says: 'Its id. One that starts with `mrk-` makes a multi-Region primary key.', required: true },
  account: ofAccount,
  ...OWN,
  spec: {
    kind: oneOf(
      ...keySpecs()
        .filter(({ offered }) => offered)
        .map(({ name }) => name),
    ),
    says: 'Its key spec.',
    usual: 'SYMMETRIC_DEFAULT',
  },
  usage: {
    kind: oneOf('ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT', 'ENCAPSULATE_DECAPSULATE'),
    says: 'Its usage; can be left out where the spec has only one.',
  },
  origin: {
    kind: oneOf('AWS_KMS', 'EXTERNAL'),
    says: '`EXTERNAL`: its material is imported. Without `material` it waits for that.',
    usual: 'AWS_KMS',
  },
  material: {
    kind: material,
    says:
      'Its material, so that ciphertexts and signatures are the same on every machine; random if left out. The bytes of a ' +
      'symmetric or HMAC key in base64, or a private key as PEM or as DER in base64 (PKCS #8, SEC 1 or PKCS #1).',
  },
  earlierMaterials: {
    kind: listOf(material, { wanted: 'a list of at most 25 materials in base64', most: 25 }),
    says: 'Material from before its rotations, oldest first: what it encrypted opens. For symmetric keys.',
    usual: [] as string[],
  },
  expires: { kind: date, says: 'When its imported material expires.' },
  expiresInDays: { kind: wholeNumber(1, 365), says: 'The same, in days after the start.' },
  rotationDays: {
    kind: wholeNumber(90, 2560),
    says: 'The period of its automatic rotation, which is off if left out.',
  },
  replicas: {
    kind: listOf(REPLICA),
    says: 'Its replicas in other Regions.',
    usual: [] as Read<typeof REPLICA.members>[],
  },
} as const

export const KEY = shapeOf('key', KEY_MEMBERS, requireFittingKey)

export type SeedKey = Read<typeof KEY_MEMBERS>
export type SeedReplica = Read<typeof REPLICA.members>
export type SeedGrant = Read<typeof GRANT.members>

/** What no single member can say. What an operation refuses anyway is not repeated here. */
const RULES: readonly { member: keyof SeedKey; wanted: string; breaks(key: SeedKey): boolean }[] = [
  {
    member: 'expires',
    wanted: 'a key of origin EXTERNAL with material',
    breaks: (key) => key.expires !== undefined && !isImported(key),
  },
  {
    member: 'expiresInDays',
    wanted: 'a key of origin EXTERNAL with material',
    breaks: (key) => key.expiresInDays !== undefined && !isImported(key),
  },
  {
    member: 'expiresInDays',
    wanted: 'no date beside it',
    breaks: ({ expires, expiresInDays }) => expires !== undefined && expiresInDays !== undefined,
  },
  {
    member: 'state',
    wanted: 'another state: only a key of origin EXTERNAL without material is pending import',
    breaks: (key) => key.state === 'PendingImport' && !waitsForMaterial(key),
  },
  {
    member: 'state',
    wanted: 'PendingImport or PendingDeletion, for a key without material',
    breaks: (key) => waitsForMaterial(key) && (key.state === 'Enabled' || key.state === 'Disabled'),
  },
  {
    member: 'earlierMaterials',
    wanted: 'a symmetric key of origin AWS_KMS with material',
    breaks: ({ spec, origin, material: current, earlierMaterials }) =>
      earlierMaterials.length > 0 && (spec !== 'SYMMETRIC_DEFAULT' || origin === 'EXTERNAL' || current === undefined),
  },
  {
    member: 'replicas',
    wanted: 'an id that starts with mrk-',
    breaks: ({ id, replicas }) => replicas.length > 0 && !isMultiRegionKeyId(id),
  },
  {
    member: 'replicas',
    wanted: 'a key of origin AWS_KMS',
    breaks: ({ origin, replicas }) => replicas.length > 0 && origin === 'EXTERNAL',
  },
]

function isImported({ origin, material: current }: SeedKey): boolean {
  return origin === 'EXTERNAL' && current !== undefined
}

function waitsForMaterial({ origin, material: current }: SeedKey): boolean {
  return origin === 'EXTERNAL' && current === undefined
}

function requireFittingKey(key: SeedKey, at: string): void {
  requireStateOfDays(key, at)
  requireUsage(key, at)
  requireReadableMaterial(key, at)
  const broken = RULES.find(({ breaks }) => breaks(key))
  if (broken) throw fault(`${at}.${broken.member}`, broken.wanted)
}

function requireReadableMaterial({ spec: name, material: current, earlierMaterials }: SeedKey, at: string): void {
  const spec = keySpec(name)
  if (current !== undefined) givenBytes(current, { spec, path: `${at}.material` })
  for (const [index, each] of earlierMaterials.entries()) {
    givenBytes(each, { spec, path: `${at}.earlierMaterials[${index}]` })
  }
}

function requireUsage({ spec, usage }: SeedKey, at: string): void {
  const { usages, name } = keySpec(spec)
  if (usage === undefined ? usages.length > 1 : !usages.includes(usage)) {
    throw fault(`${at}.usage`, `one of ${usages.join(', ')}, for a key of ${name}`)
  }
}

function requireStateOfDays({ state, deletionDays }: Pick<SeedReplica, 'state' | 'deletionDays'>, at: string): void {
  if (deletionDays !== undefined && state !== 'PendingDeletion') {
    throw fault(`${at}.deletionDays`, 'the state PendingDeletion beside it')
  }
}
