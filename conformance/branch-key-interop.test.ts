/** One store of branch keys, sealed by this server, used by the official client's hierarchical keyring and by ours. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as aws from '@aws-crypto/client-node'
import { KMSClient } from '@aws-sdk/client-kms'
import { BranchKeyStore, Envelope, FileBranchKeyStorage, hierarchical, type KeyArn } from '@keyhold/client'
import { clientOf } from './client-of.ts'
import { startServer, type TestServer } from './server.ts'

const NAME = 'tenants'
const context = { tenant: 't-17', größe: 'ß', '\u{1f511}': 'beyond U+FFFF', '\uffee': 'before it' }
const SIZES = [0, 1, 4096, 10_000]

type EncryptedKeyConstructor = new (context: Record<string, string>, ciphertext: Uint8Array) => unknown

const { EncryptedHierarchicalKey } = createRequire(import.meta.url)(
  '@aws-crypto/branch-keystore-node/build/main/src/types.js',
) as { EncryptedHierarchicalKey: EncryptedKeyConstructor }

describe('branch keys', () => {
  const official = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  let server: TestServer
  let folder: string
  let ours: BranchKeyStore
  let theirs: aws.BranchKeyStoreNode
  let client: KMSClient
  let branchKey: string
  before(async () => {
    server = await startServer()
    folder = await mkdtemp(join(tmpdir(), 'keyhold-branch-keys-'))
    const service = clientOf(server)
    const { KeyMetadata } = await service.call('CreateKey', {})
    const key = KeyMetadata!.Arn! as KeyArn
    const storage = new FileBranchKeyStorage(folder)
    ours = new BranchKeyStore({ kms: service, key, name: NAME, storage })
    branchKey = await ours.createKey({ id: 'tenant/17', context: { department: 'sales' } })
    client = new KMSClient({ ...server, maxAttempts: 1 })
    theirs = officialStore(storage, key, client)
  })
  after(async () => {
    client?.destroy()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('seal messages that cross over in both directions, from every version', async () => {
    const officialKeyring = (): aws.KmsHierarchicalKeyRingNode =>
      new aws.KmsHierarchicalKeyRingNode({
        branchKeyId: branchKey,
        keyStore: theirs,
        cacheLimitTtl: 60,
        utf8Sorting: true,
      })
    const ourEnvelope = (): Envelope =>
      new Envelope({ keyring: hierarchical({ store: ours, branchKey, maxAgeMs: 60_000 }) })
    const written: [plaintext: Buffer, ofOurs: Uint8Array, ofTheirs: Uint8Array][] = []
    for (const size of SIZES) {
      const plaintext = Buffer.alloc(size, 'interoperable ')
      const { result } = await official.encrypt(officialKeyring(), plaintext, { encryptionContext: context })
      written.push([plaintext, await ourEnvelope().encrypt(plaintext, { context }), result])
      await ours.versionKey(branchKey)
    }
    for (const [plaintext, ofOurs, ofTheirs] of written) {
      assert.ok(plaintext.equals((await official.decrypt(officialKeyring(), Buffer.from(ofOurs))).plaintext))
      assert.ok(plaintext.equals((await ourEnvelope().decrypt(ofTheirs, { expect: context })).plaintext))
    }
  })
})

/** The official store over our records: it opens them itself. */
function officialStore(storage: FileBranchKeyStorage, key: string, kmsClient: KMSClient): aws.BranchKeyStoreNode {
  const read = async (id: string, type: string): Promise<never> => {
    const { enc, ...attributes } = (await storage.get(id, type))!
    return new EncryptedHierarchicalKey({ ...attributes, tablename: NAME }, enc) as never
  }
  return new aws.BranchKeyStoreNode({
    logicalKeyStoreName: NAME,
    storage: {
      getEncryptedActiveBranchKey: (id) => read(id, 'branch:ACTIVE'),
      getEncryptedBranchKeyVersion: (id, version) => read(id, `branch:version:${version}`),
      getKeyStorageInfo: () => ({ name: NAME, logicalName: NAME }),
    },
    keyManagement: { kmsClient },
    kmsConfiguration: { identifier: key },
  })
}
