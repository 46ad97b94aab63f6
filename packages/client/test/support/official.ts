/** The AWS Encryption SDK for Node.js, as the tests use it. */
import { constants } from 'node:crypto'
import * as aws from '@aws-crypto/client-node'
import type { RsaPadding } from '../../src/index.ts'

type Official = ReturnType<typeof aws.buildClient>

/** Writes committing messages and reads only such, as ours does by default. */
export const strict: Official = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)

/** Writes messages without commitment, and reads any. */
export const legacy: Official = aws.buildClient(aws.CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)

const WRAPPING_SUITES = {
  16: aws.RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING,
  24: aws.RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING,
  32: aws.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
} as const

export function officialRawAes(namespace: string, name: string, key: Uint8Array): aws.RawAesKeyringNode {
  return new aws.RawAesKeyringNode({
    keyNamespace: namespace,
    keyName: name,
    unencryptedMasterKey: key.slice(),
    wrappingSuite: WRAPPING_SUITES[key.length as 16 | 24 | 32],
    utf8Sorting: true,
  })
}

const OAEP = /^OAEP_(SHA\d+)_MGF1$/

export function officialRawRsa(
  namespace: string,
  name: string,
  padding: RsaPadding,
  rsaKey: { publicKey?: string; privateKey?: string },
): aws.RawRsaKeyringNode {
  const hash = OAEP.exec(padding)?.[1]?.toLowerCase() as aws.OaepHash
  return new aws.RawRsaKeyringNode({
    keyNamespace: namespace,
    keyName: name,
    rsaKey,
    padding: hash === undefined ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_OAEP_PADDING,
    ...(hash !== undefined && { oaepHash: hash }),
  })
}
