/** Key material that its owner makes and wraps with openssl, as AWS documents it, and imports with AWS's own client. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type AlgorithmSpec, type CreateKeyRequest, KMS, type WrappingKeySpec } from '@aws-sdk/client-kms'
import { drawn } from '../tools/testing/draws.ts'
import { needs } from '../tools/testing/needs.ts'
import { startServer, type TestServer } from './server.ts'

const FOR_EVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const

interface Case {
  key: CreateKeyRequest
  /** How openssl makes it; random bytes unless given. */
  genpkey?: string[]
  bytes?: number
  wrappings: [AlgorithmSpec, WrappingKeySpec][]
}

const OAEP: Case['wrappings'] = [
  ['RSAES_OAEP_SHA_1', 'RSA_2048'],
  ['RSAES_OAEP_SHA_256', 'RSA_3072'],
]
/** A second to make each: once is enough, as no material knows what wraps it. */
const LARGEST: Case['wrappings'] = [['RSAES_OAEP_SHA_256', 'RSA_4096']]
const AES: Case['wrappings'] = [
  ['RSA_AES_KEY_WRAP_SHA_1', 'RSA_3072'],
  ['RSA_AES_KEY_WRAP_SHA_256', 'RSA_2048'],
]
const curve = (name: string): string[] => ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${name}`]

const CASES: Case[] = [
  { key: {}, bytes: 32, wrappings: OAEP },
  { key: { KeySpec: 'HMAC_512', KeyUsage: 'GENERATE_VERIFY_MAC' }, bytes: 64, wrappings: [...OAEP, ...LARGEST] },
  {
    key: { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
    genpkey: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
    wrappings: AES,
  },
  { key: { KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' }, genpkey: curve('P-384'), wrappings: [...OAEP, ...AES] },
  { key: { KeySpec: 'ECC_NIST_P521', KeyUsage: 'KEY_AGREEMENT' }, genpkey: curve('P-521'), wrappings: AES },
  { key: { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' }, genpkey: curve('secp256k1'), wrappings: AES },
  {
    key: { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' },
    genpkey: ['-algorithm', 'ED25519'],
    wrappings: [...OAEP, ...AES],
  },
]

describe('openssl wraps what AWS’s client imports', { skip: needs('openssl') }, () => {
  let server: TestServer
  let client: KMS
  let folder: string
  before(async () => {
    server = await startServer()
    client = new KMS({ ...server, maxAttempts: 1 })
    folder = mkdtempSync(join(tmpdir(), 'keyhold-import-'))
  })
  after(async () => {
    client?.destroy()
    rmSync(folder, { recursive: true, force: true })
    await server?.stop()
  })

  function openssl(...args: string[]): void {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder })
    assert.equal(status, 0, `openssl ${args.join(' ')}: ${stderr.toString()}`)
  }

  function make({ genpkey, bytes = 32 }: Case): void {
    if (genpkey === undefined) return openssl('rand', '-out', 'material', String(bytes))
    openssl('genpkey', ...genpkey, '-out', 'private')
    openssl('pkcs8', '-topk8', '-nocrypt', '-in', 'private', '-outform', 'DER', '-out', 'material')
  }

  function wrap(algorithm: AlgorithmSpec): Buffer {
    const hash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256'
    const options = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`]
    const pkeyutl = ['pkeyutl', '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', 'public']
    const padding = options.flatMap((option) => ['-pkeyopt', option])
    const encrypt = (input: string, output: string): void =>
      openssl(...pkeyutl, ...padding, '-in', input, '-out', output)
    if (algorithm.startsWith('RSAES')) {
      encrypt('material', 'wrapped')
      return readFileSync(join(folder, 'wrapped'))
    }
    const aes = randomBytes(32)
    writeFileSync(join(folder, 'aes'), aes)
    encrypt('aes', 'wrapped-aes')
    const keyWrap = ['enc', '-id-aes256-wrap-pad', '-iv', 'A65959A6', '-K', aes.toString('hex')]
    openssl(...keyWrap, '-in', 'material', '-out', 'wrapped-material')
    return Buffer.concat(['wrapped-aes', 'wrapped-material'].map((name) => readFileSync(join(folder, name))))
  }

  /** Wraps the material that openssl has made last. What is answered once is good for several imports: it takes long to make. */
  async function wrapperFor(
    KeyId: string,
    [WrappingAlgorithm, WrappingKeySpec]: Case['wrappings'][number],
  ): Promise<() => { KeyId: string; ImportToken: Uint8Array; EncryptedKeyMaterial: Uint8Array }> {
    const { PublicKey, ImportToken } = await client.getParametersForImport({
      KeyId,
      WrappingAlgorithm,
      WrappingKeySpec,
    })
    assert(PublicKey && ImportToken)
    writeFileSync(join(folder, 'public'), PublicKey)
    return () => ({ KeyId, ImportToken, EncryptedKeyMaterial: wrap(WrappingAlgorithm) })
  }

  for (const example of CASES) {
    for (const wrapping of drawn(example.wrappings)) {
      const name = example.key.KeySpec ?? 'SYMMETRIC_DEFAULT'
      test(`${name} under ${wrapping.join(' and ')}, and the same again once it was deleted`, async () => {
        make(example)
        const { KeyMetadata } = await client.createKey({ ...example.key, Origin: 'EXTERNAL' })
        const KeyId = KeyMetadata?.KeyId ?? ''
        const wrapped = await wrapperFor(KeyId, wrapping)
        const first = await client.importKeyMaterial({ ...wrapped(), ...FOR_EVER })
        assert.equal((await client.describeKey({ KeyId })).KeyMetadata?.KeyState, 'Enabled')
        await client.deleteImportedKeyMaterial({ KeyId })
        assert.equal((await client.describeKey({ KeyId })).KeyMetadata?.KeyState, 'PendingImport')
        const again = await client.importKeyMaterial({ ...wrapped(), ...FOR_EVER })
        assert.equal(again.KeyMaterialId, first.KeyMaterialId)
        make(example)
        await assert.rejects(client.importKeyMaterial({ ...wrapped(), ...FOR_EVER }), {
          name: 'IncorrectKeyMaterialException',
        })
      })
    }
  }

  test('several materials of one key: each opens what it encrypted, before and after the next', async () => {
    const { KeyMetadata } = await client.createKey({ Origin: 'EXTERNAL' })
    const KeyId = KeyMetadata?.KeyId ?? ''
    const blobs: [id: string, blob: Uint8Array][] = []
    for (let count = 0; count < 3; count++) {
      openssl('rand', '-out', 'material', '32')
      const wrapped = await wrapperFor(KeyId, ['RSAES_OAEP_SHA_256', 'RSA_2048'])
      const { KeyMaterialId = '' } = await client.importKeyMaterial({
        ...wrapped(),
        ...FOR_EVER,
        ImportType: 'NEW_KEY_MATERIAL',
      })
      if (count > 0) await client.rotateKeyOnDemand({ KeyId })
      const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext: Buffer.from(`text ${count}`) })
      blobs.push([KeyMaterialId, CiphertextBlob!])
    }
    for (const [index, [id, CiphertextBlob]] of blobs.entries()) {
      const opened = await client.decrypt({ CiphertextBlob })
      assert.deepEqual([Buffer.from(opened.Plaintext!).toString(), opened.KeyMaterialId], [`text ${index}`, id])
    }
    const { Rotations = [] } = await client.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })
    assert.deepEqual(
      Rotations.map(({ KeyMaterialId, KeyMaterialState, ImportState }) => [
        KeyMaterialId,
        KeyMaterialState,
        ImportState,
      ]),
      blobs.map(([id], index) => [id, index === 2 ? 'CURRENT' : 'NON_CURRENT', 'IMPORTED']),
    )
  })
})
