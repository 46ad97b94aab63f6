import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeySpec, KeyUsageType, OperationName } from '@keyhold/protocol'
import { type AccountThreads, CryptoThreads } from '../../src/crypto/workers/crypto-threads.ts'
import type { Services } from '../../src/execution/services.ts'
import { asServiceError } from '../../src/execution/fail.ts'
import { ThreadsError } from '../../src/crypto/workers/threads-error.ts'
import { ACCOUNT, base64, OTHER_ACCOUNT, rootOf, TestService } from '../support/service.ts'

/** Slow cryptography runs in other threads than the requests, and what that can come to is told in AWS's codes. */

const DIGEST_64 = base64(new Uint8Array(64))

/** Every computation that takes longer than others may wait for. */
const SLOW: readonly [KeySpec, KeyUsageType, OperationName, object][] = [
  ['RSA_2048', 'SIGN_VERIFY', 'Sign', { SigningAlgorithm: 'RSASSA_PSS_SHA_512', Message: DIGEST_64 }],
  [
    'RSA_2048',
    'SIGN_VERIFY',
    'Sign',
    { SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_512', Message: DIGEST_64, MessageType: 'DIGEST' },
  ],
  [
    'RSA_2048',
    'ENCRYPT_DECRYPT',
    'Decrypt',
    { EncryptionAlgorithm: 'RSAES_OAEP_SHA_1', CiphertextBlob: base64(new Uint8Array(256)) },
  ],
  ['ECC_NIST_P521', 'SIGN_VERIFY', 'Sign', { SigningAlgorithm: 'ECDSA_SHA_512', Message: DIGEST_64 }],
  [
    'ECC_NIST_P521',
    'SIGN_VERIFY',
    'Sign',
    { SigningAlgorithm: 'ECDSA_SHA_512', Message: DIGEST_64, MessageType: 'DIGEST' },
  ],
  [
    'ECC_NIST_P384',
    'SIGN_VERIFY',
    'Verify',
    { SigningAlgorithm: 'ECDSA_SHA_384', Message: DIGEST_64, Signature: DIGEST_64 },
  ],
  [
    'ECC_NIST_EDWARDS25519',
    'SIGN_VERIFY',
    'Sign',
    { SigningAlgorithm: 'ED25519_PH_SHA_512', Message: DIGEST_64, MessageType: 'DIGEST' },
  ],
  ['ML_DSA_65', 'SIGN_VERIFY', 'Sign', { SigningAlgorithm: 'ML_DSA_SHAKE_256', Message: DIGEST_64 }],
  [
    'ML_DSA_65',
    'SIGN_VERIFY',
    'Sign',
    { SigningAlgorithm: 'ML_DSA_SHAKE_256', Message: DIGEST_64, MessageType: 'EXTERNAL_MU' },
  ],
  ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'GenerateDataKeyPair', { KeyPairSpec: 'RSA_2048' }],
  ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'GenerateDataKeyPair', { KeyPairSpec: 'ECC_NIST_P521' }],
]

const OPEN_TO_ALL = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
})

/** Threads that refuse all work: computations that do not use them are found. */
class NoThreads extends CryptoThreads {
  readonly #code: ThreadsError['code']

  constructor(code: ThreadsError['code']) {
    super({ size: 1 })
    this.#code = code
  }

  override for(): AccountThreads {
    const refuse = (): Promise<never> => Promise.reject(new ThreadsError(this.#code, 'refused by a test'))
    return { task: refuse, native: refuse, generateRsa: refuse }
  }
}

async function withThreads<T>(service: TestService, threads: CryptoThreads, act: () => Promise<T>): Promise<T> {
  const services: { -readonly [K in keyof Services]: Services[K] } = service.services
  const real = services.threads
  services.threads = threads
  try {
    return await act()
  } finally {
    services.threads = real
    await threads.close()
  }
}

test('whatever is slow needs a thread, and is throttled when too much of it waits', async () => {
  await using service = await TestService.open()
  for (const [KeySpec, KeyUsage, operation, request] of SLOW) {
    const { keyId: KeyId } = await service.createKey({ KeySpec, KeyUsage })
    const fault = await withThreads(service, new NoThreads('busy'), () =>
      service.fault(operation, { KeyId, ...request }),
    )
    assert.equal(
      fault,
      'ThrottlingException: You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
      `${operation} with ${KeySpec} ${JSON.stringify(request)}`,
    )
  }
})

/** Threads that compute nothing, and write down whose line each computation would wait in. */
class Lines extends NoThreads {
  readonly accounts: string[] = []

  override for(accountId = ''): AccountThreads {
    this.accounts.push(accountId)
    return super.for()
  }
}

test('whatever is slow waits in the line of the account that calls, whose key it may ever be', async () => {
  await using service = await TestService.open('on')
  for (const [KeySpec, KeyUsage, operation, request] of SLOW) {
    const wanted = { KeySpec, KeyUsage, Policy: OPEN_TO_ALL }
    const created = await service.ok('CreateKey', wanted, rootOf(ACCOUNT))
    const KeyId = (created as unknown as { KeyMetadata: { Arn: string } }).KeyMetadata.Arn
    const lines = new Lines('busy')
    await withThreads(service, lines, () => service.call(operation, { KeyId, ...request }, rootOf(OTHER_ACCOUNT)))
    assert.deepEqual(lines.accounts, [OTHER_ACCOUNT], `${operation} with ${KeySpec}`)
  }
})

test('a thread that was lost is the service’s fault, which is logged and not explained', async () => {
  await using service = await TestService.open()
  const { keyId: KeyId } = await service.createKey({ KeySpec: 'ECC_NIST_P521', KeyUsage: 'SIGN_VERIFY' })
  const request = { KeyId, SigningAlgorithm: 'ECDSA_SHA_512', Message: DIGEST_64 }
  for (const code of ['lost', 'closed'] as const) {
    const reply = await withThreads(service, new NoThreads(code), () => service.call('Sign', request))
    assert.deepEqual(reply, { status: 500, body: { __type: 'KMSInternalException' } })
  }
  const reported: unknown[] = []
  const lost = new ThreadsError('lost', 'its thread died')
  assert.equal(asServiceError(lost, (bug) => reported.push(bug)).code, 'KMSInternalException')
  assert.equal(asServiceError(new ThreadsError('busy', 'too many'), () => assert.fail()).code, 'ThrottlingException')
  assert.deepEqual(reported, [lost])
})

test('a burst of signatures lets other requests through before it ends', async () => {
  await using service = await TestService.open()
  const { keyId: signer } = await service.createKey({ KeySpec: 'ECC_NIST_P521', KeyUsage: 'SIGN_VERIFY' })
  const { keyId: other } = await service.createKey()
  const request = {
    KeyId: signer,
    SigningAlgorithm: 'ECDSA_SHA_512',
    MessageType: 'DIGEST',
    Message: DIGEST_64,
  }
  await service.ok('Sign', request)
  let signed = 0
  const burst = Array.from({ length: 40 }, () => service.ok('Sign', request).then(() => (signed += 1)))
  const signedBefore: number[] = []
  for (let index = 0; index < 5; index++) {
    await service.ok('Encrypt', { KeyId: other, Plaintext: base64('x') })
    signedBefore.push(signed)
  }
  assert.ok((signedBefore.at(-1) ?? 40) < 30, `signatures before each encryption: ${signedBefore.join(', ')}`)
  await Promise.all(burst)
})
