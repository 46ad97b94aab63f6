import { randomBytes } from 'node:crypto'
import { mock } from 'node:test'
import type { ModelErrorCode, OperationName } from '@keyhold/protocol'
import { RESOURCE_QUOTAS } from '../../../src/domain/keys/quotas.ts'
import type { KeyState } from '../../../src/domain/keys/record.ts'
import { DAY_MS } from '../../../src/services/kms/keys/new-key.ts'
import { wrappedFor } from '../../support/import.ts'
import { base64, type ForcedChange, OTHER_ACCOUNT, type TestService } from '../../support/service.ts'
import { ABSENT_ARN, ALIAS_ARN, tags } from './error-row.ts'

/** A request that would succeed, and the fresh key that it is about. */
interface Sound {
  service: TestService
  name: OperationName
  keyId: string
  input: object
}

/** Spoils a request or what it will find, and answers with the members that differ now. */
type Spoil = (sound: Sound) => object | Promise<object>

/** The one thing that is wrong for each error that operations declare. */
export const SPOILS: Partial<Record<ModelErrorCode, Spoil>> = {
  AlreadyExistsException: async ({ service, name, input }) => {
    await service.ok(name, input)
    return {}
  },
  DisabledException: becoming({ state: 'Disabled' }),
  DryRunOperationException: () => ({ DryRun: true }),
  ExpiredImportTokenException: ({ service }) => {
    service.clock.advance(DAY_MS)
    return {}
  },
  IncorrectKeyException: async ({ service, input }) => {
    const { keyId } = await service.createKey()
    return 'SourceKeyId' in input ? { SourceKeyId: keyId } : { KeyId: keyId }
  },
  IncorrectKeyMaterialException: ({ service, keyId }) => wrappedFor(service, keyId, randomBytes(31)),
  InvalidArnException: ({ input }) =>
    'RetiringPrincipal' in input
      ? { RetiringPrincipal: `arn:aws:iam::${OTHER_ACCOUNT}:root` }
      : { KeyId: `${ALIAS_ARN}/name` },
  InvalidCiphertextException: ({ input }) => among(UNREADABLE, input),
  InvalidGrantIdException: () => ({ GrantId: 'id' }),
  InvalidGrantTokenException: ({ input }) =>
    'GrantId' in input ? { GrantToken: 'token', KeyId: undefined, GrantId: undefined } : { GrantTokens: ['token'] },
  InvalidImportTokenException: () => ({ ImportToken: base64('text') }),
  InvalidKeyUsageException: (sound) => becoming(sound.name in SIGNATURES ? SYMMETRIC : SIGNING)(sound),
  InvalidMarkerException: () => ({ Marker: 'marker' }),
  KMSInvalidMacException: () => ({ Mac: base64(Buffer.alloc(32)) }),
  KMSInvalidSignatureException: () => ({ Signature: base64('text') }),
  KMSInvalidStateException: (sound) => becoming({ state: REFUSING_STATES[sound.name] ?? 'PendingDeletion' })(sound),
  LimitExceededException: async (sound) => (await EXHAUSTED[sound.name]?.(sound)) ?? {},
  MalformedPolicyDocumentException: () => ({ Policy: 'no policy' }),
  NotFoundException: ({ input }) => among(ABSENT, input),
  TagException: () => tags('aws:mine'),
  UnsupportedOperationException: (sound) => (UNSUPPORTED[sound.name] ?? becoming(SIGNING))(sound),
}

const SYMMETRIC = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT' } as const
const SIGNING = { spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY' } as const
const SIGNATURES = { Sign: true, Verify: true }

/** What names a thing that must be there. */
const ABSENT = { KeyId: ABSENT_ARN, TargetKeyId: ABSENT_ARN, DestinationKeyId: ABSENT_ARN, AliasName: 'alias/none' }

/** Of the length that the members have; what is not even that has other errors. */
const UNREADABLE = {
  CiphertextBlob: base64('text'),
  SharedSecretCiphertextBlob: base64('text'),
  EncryptedKeyMaterial: base64(Buffer.alloc(256, 1)),
}

/** Where a key that is pending deletion is no reason to refuse. */
const REFUSING_STATES: Partial<Record<OperationName, KeyState>> = {
  CancelKeyDeletion: 'Enabled',
  DeleteImportedKeyMaterial: 'Creating',
}

const inChinaAlone = (): object => ({ KeyPairSpec: 'SM2' })
const inCustomKeyStore = (): object => ({ CustomKeyStoreId: 'cks-1234567890abcdef0' })
const UNSUPPORTED: Partial<Record<OperationName, Spoil>> = {
  CreateKey: inCustomKeyStore,
  GenerateRandom: inCustomKeyStore,
  GenerateDataKeyPair: inChinaAlone,
  GenerateDataKeyPairWithoutPlaintext: inChinaAlone,
  GetPublicKey: becoming(SYMMETRIC),
  GetParametersForImport: becoming({ origin: 'AWS_KMS' }),
  ImportKeyMaterial: becoming({ origin: 'AWS_KMS' }),
  DeleteImportedKeyMaterial: becoming({ origin: 'AWS_KMS' }),
  EnableKeyRotation: becoming({ origin: 'EXTERNAL' }),
  DisableKeyRotation: becoming({ origin: 'EXTERNAL' }),
  GetKeyRotationStatus: becoming({ origin: 'EXTERNAL' }),
  ReplicateKey: becoming({ multiRegion: undefined }),
  UpdatePrimaryRegion: becoming({ multiRegion: undefined }),
}

const EXHAUSTED: Partial<Record<OperationName, Spoil>> = {
  CreateKey: counting('key'),
  ReplicateKey: counting('key'),
  CreateGrant: counting('grant'),
  CreateAlias: withAliases,
  UpdateAlias: withAliases,
  PutKeyPolicy: () => ({ Policy: `{${' '.repeat(RESOURCE_QUOTAS.keyPolicyBytes - 1)}}` }),
  RotateKeyOnDemand: becoming({ onDemandRotations: RESOURCE_QUOTAS.onDemandRotationsPerKey }),
}

/** What a job or an earlier request made of the key. */
function becoming(change: ForcedChange): Spoil {
  return async ({ service, keyId }) => {
    await service.force(keyId, change)
    return {}
  }
}

/** When rows of this table are counted next, there are as many as there may be. */
function counting(full: 'key' | 'grant'): Spoil {
  return ({ service: { services } }) => {
    const { directory } = services
    const counts = directory.counts(full)
    const isNearly = mock.method(counts, 'mayHave', () => Promise.resolve(true))
    const count = mock.method(counts, 'count', () => {
      isNearly.mock.restore()
      count.mock.restore()
      return Promise.resolve(RESOURCE_QUOTAS[full === 'key' ? 'keys' : 'grantsPerKey'])
    })
    return {}
  }
}

async function withAliases({ service, keyId: TargetKeyId }: Sound): Promise<object> {
  for (let index = 0; index < RESOURCE_QUOTAS.aliasesPerKey; index++) {
    await service.ok('CreateAlias', { AliasName: `alias/${TargetKeyId}/${index}`, TargetKeyId })
  }
  return {}
}

/** Those of `members` that an input has. */
function among(members: object, input: object): object {
  return Object.fromEntries(Object.entries(members).filter(([name]) => name in input))
}
