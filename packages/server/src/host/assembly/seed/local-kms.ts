import { Secret } from '@keyhold/protocol'
import { specOfPrivateKey } from '../../../crypto/import/chosen-material.ts'
import { isAliasName, isKeyId } from '../../../domain/keys/identifiers.ts'
import { at, fault, listOf, oneOf, type Read, SeedError, shapeOf, text } from './kinds.ts'
import { derOfPem } from './material.ts'

/**
 * Seeds of nsmithuk/local-kms, as its README describes them ("Seeding file format"), become seeds of ours. What cannot be
 * said here is refused with what to write instead.
 */

const someText = text({ wanted: 'text' })
const keyId = {
  kind: text({ wanted: 'a key id: a dashed UUID', is: isKeyId }),
  says: 'Its id.',
  required: true,
} as const
const description = { kind: someText, says: 'Its description.' } as const
const backingKey = text({ wanted: '64 hexadecimal digits', pattern: /^[0-9a-fA-F]{64}$/ })

const AES = shapeOf('AES key', {
  Metadata: {
    kind: shapeOf('metadata of an AES key', {
      KeyId: keyId,
      Description: description,
      Origin: { kind: oneOf('AWS_KMS', 'EXTERNAL'), says: 'Its origin.', usual: 'AWS_KMS' },
      KeyUsage: { kind: oneOf('ENCRYPT_DECRYPT'), says: 'Its usage.' },
    }),
    says: 'What it is.',
    required: true,
  },
  BackingKeys: { kind: listOf(backingKey), says: 'Its material, oldest first.', usual: [] as string[] },
  NextKeyRotation: { kind: someText, says: 'When it rotates.' },
})

const PAIR = shapeOf('key pair', {
  Metadata: {
    kind: shapeOf('metadata of a key pair', {
      KeyId: keyId,
      Description: description,
      Origin: { kind: oneOf('AWS_KMS'), says: 'Its origin.' },
      KeyUsage: { kind: oneOf('SIGN_VERIFY', 'ENCRYPT_DECRYPT'), says: 'Its usage.', required: true },
    }),
    says: 'What it is.',
    required: true,
  },
  PrivateKeyPem: { kind: someText, says: 'Its private key.', required: true },
})

const ALIAS = shapeOf('alias', {
  AliasName: {
    kind: text({ wanted: 'a name that starts with alias/', is: isAliasName }),
    says: 'Its name.',
    required: true,
  },
  TargetKeyId: { ...keyId, says: 'The key that it names.' },
})

const lists = {
  Symmetric: shapeOf('symmetric keys', { Aes: { kind: listOf(AES), says: 'AES keys.', usual: [] as Aes[] } }),
  Asymmetric: shapeOf('asymmetric keys', {
    Rsa: { kind: listOf(PAIR), says: 'RSA keys.', usual: [] as Pair[] },
    Ecc: { kind: listOf(PAIR), says: 'ECC keys.', usual: [] as Pair[] },
  }),
}

const LOCAL_KMS = shapeOf('local-kms file', {
  Keys: {
    kind: shapeOf('keys', {
      Symmetric: { kind: lists.Symmetric, says: 'Symmetric keys.' },
      Asymmetric: { kind: lists.Asymmetric, says: 'Key pairs.' },
    }),
    says: 'The keys.',
    required: true,
  },
  Aliases: { kind: listOf(ALIAS), says: 'The aliases.', usual: [] as Alias[] },
  AccountId: { kind: someText, says: 'What KMS_ACCOUNT_ID is for local-kms.', usual: '111122223333' },
  Region: { kind: someText, says: 'What KMS_REGION is for local-kms.', usual: 'eu-west-2' },
})

type Aes = Read<typeof AES.members>
type Pair = Read<typeof PAIR.members>
type Alias = Read<typeof ALIAS.members>
type Named = { KeyId: string; Description?: string }

/** Whether a document has the one member that every seed of local-kms has, and none of ours. */
export function isLocalKmsSeed(document: unknown): boolean {
  return typeof document === 'object' && document !== null && 'Keys' in document && !('keys' in document)
}

/** The same seed in our format, which is checked again as such. Throws {@link SeedError}. */
export function seedOfLocalKms(document: unknown): object {
  const { Keys, Aliases, AccountId, Region } = LOCAL_KMS.read(document, '')
  const { Symmetric, Asymmetric } = Keys
  const place = { account: AccountId, region: Region }
  const keys = [
    ...(Symmetric?.Aes ?? []).map((key, index) => aesKey(key, `Keys.Symmetric.Aes[${index}]`)),
    ...(Asymmetric?.Rsa ?? []).map((key, index) => keyPair(key, `Keys.Asymmetric.Rsa[${index}]`)),
    ...(Asymmetric?.Ecc ?? []).map((key, index) => keyPair(key, `Keys.Asymmetric.Ecc[${index}]`)),
  ]
  const ids = new Set(keys.map(({ id }) => id))
  const stray = Aliases.findIndex(({ TargetKeyId }) => !ids.has(TargetKeyId))
  if (stray !== -1) throw fault(`Aliases[${stray}].TargetKeyId`, 'the id of a key in this file')
  const aliasesOf = (id: string): string[] =>
    Aliases.filter(({ TargetKeyId }) => TargetKeyId === id).map(({ AliasName }) => AliasName)
  return { keys: keys.map((key) => ({ ...key, ...place, aliases: aliasesOf(key.id) })) }
}

function aesKey({ Metadata, BackingKeys, NextKeyRotation }: Aes, path: string): { id: string } {
  if (NextKeyRotation !== undefined) {
    throw new SeedError(
      `${at(path, 'NextKeyRotation')}: Keyhold takes no date of the next rotation. Leave it out, or write the period in a ` +
        `seed file of Keyhold: keys: [{ id: ${Metadata.KeyId}, rotationDays: 365 }]`,
    )
  }
  const materials = BackingKeys.map((hex) => Buffer.from(hex, 'hex').toString('base64'))
  const isExternal = Metadata.Origin === 'EXTERNAL'
  if (isExternal && materials.length > 1) throw fault(at(path, 'BackingKeys'), 'at most one, for origin EXTERNAL')
  if (!isExternal && materials.length === 0) throw fault(at(path, 'BackingKeys'), 'one or more')
  return {
    ...named(Metadata),
    origin: Metadata.Origin,
    ...(materials.length > 0 && { material: materials.at(-1), earlierMaterials: materials.slice(0, -1) }),
  } as { id: string }
}

function keyPair({ Metadata, PrivateKeyPem }: Pair, path: string): { id: string } {
  using der = Secret.of(derOfPem(PrivateKeyPem, at(path, 'PrivateKeyPem')))
  const spec = specOfPrivateKey(der)
  if (spec === undefined)
    throw fault(at(path, 'PrivateKeyPem'), 'an unencrypted private key of a spec that AWS KMS has')
  return { ...named(Metadata), spec: spec.name, usage: Metadata.KeyUsage, material: PrivateKeyPem } as { id: string }
}

function named({ KeyId, Description }: Named): { id: string; description?: string } {
  return { id: KeyId, ...(Description !== undefined && { description: Description }) }
}
