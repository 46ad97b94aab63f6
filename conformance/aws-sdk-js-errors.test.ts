import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateAliasCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  GenerateRandomCommand,
  GetKeyPolicyCommand,
  type KMSClient,
  ListKeysCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  SignCommand,
  TagResourceCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms'
import { connect, newKey, refused } from './sdk.ts'
import { addAccount, startServer, type TestServer } from './server.ts'

const PARTNER = '444455556666'

const PLAINTEXT = new TextEncoder().encode('the quick brown fox')
const MAC = 'GENERATE_VERIFY_MAC'
const CONTEXT = { tenant: 'acme', ünïcode: '✓' }

describe('@aws-sdk/client-kms meets the errors of AWS', () => {
  let server: TestServer
  let client: KMSClient
  before(async () => {
    server = await startServer()
    await addAccount(server, PARTNER)
    client = connect(server)
  })
  after(async () => {
    client?.destroy()
    await server?.stop()
  })

  test('wrong uses of a ciphertext are refused with AWS names and messages', async () => {
    const [key, other] = [await newKey(client), await newKey(client)]
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: key.id, Plaintext: PLAINTEXT, EncryptionContext: CONTEXT }),
    )
    const wrongContext = { CiphertextBlob, EncryptionContext: { ...CONTEXT, tenant: 'evil' } }
    await refused(client.send(new DecryptCommand(wrongContext)), { name: 'InvalidCiphertextException' })
    await refused(client.send(new DecryptCommand({ CiphertextBlob })), { name: 'InvalidCiphertextException' })
    const flipped = Uint8Array.from(CiphertextBlob!)
    flipped[flipped.length - 1]! ^= 1
    await refused(client.send(new DecryptCommand({ CiphertextBlob: flipped, EncryptionContext: CONTEXT })), {
      name: 'InvalidCiphertextException',
    })
    const elsewhere = { CiphertextBlob, EncryptionContext: CONTEXT, KeyId: other.id }
    await refused(client.send(new DecryptCommand(elsewhere)), {
      name: 'IncorrectKeyException',
      message: 'The key ID in the request does not identify a CMK that can perform this operation.',
    })
  })

  test('names of keys that are not there are refused with AWS messages', async () => {
    const KeyId = '00000000-0000-4000-8000-000000000000'
    await refused(client.send(new DescribeKeyCommand({ KeyId })), {
      name: 'NotFoundException',
      message: `Key 'arn:aws:kms:${server.region}:${server.accountId}:key/${KeyId}' does not exist`,
    })
    await refused(client.send(new DescribeKeyCommand({ KeyId: 'fake-key-id' })), {
      name: 'NotFoundException',
      message: "Invalid keyId 'fake-key-id'",
    })
    const foreign = `arn:aws:kms:us-west-2:${server.accountId}:key/${KeyId}`
    await refused(client.send(new DescribeKeyCommand({ KeyId: foreign })), {
      name: 'NotFoundException',
      message: 'Invalid arn us-west-2',
    })
  })

  test('a dry run of what would succeed is refused with the name that says so', async () => {
    const { id } = await newKey(client)
    await refused(client.send(new EncryptCommand({ KeyId: id, Plaintext: PLAINTEXT, DryRun: true })), {
      name: 'DryRunOperationException',
      message: 'The request would have succeeded, but the DryRun option is set.',
    })
    const withoutCiphertext = { KeyId: id, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT' as const] }
    await refused(client.send(new DecryptCommand(withoutCiphertext)), { name: 'DryRunOperationException' })
    await refused(client.send(new DecryptCommand({ ...withoutCiphertext, DryRun: false })), {
      name: 'ValidationException',
    })
  })

  test('what is not built is refused, not broken', async () => {
    const store = new CreateCustomKeyStoreCommand({ CustomKeyStoreName: 'store' })
    await refused(client.send(store), { name: 'UnsupportedOperationException' })
    await refused(client.send(new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM' })), {
      name: 'UnsupportedOperationException',
    })
    await refused(client.send(new CreateKeyCommand({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' })), {
      name: 'UnsupportedOperationException',
    })
  })

  test('wrong uses of keys of other types are refused with AWS names and messages', async () => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeySpec: 'HMAC_224', KeyUsage: MAC }))
    const KeyId = KeyMetadata?.Arn
    await refused(client.send(new SignCommand({ KeyId, Message: PLAINTEXT, SigningAlgorithm: 'ECDSA_SHA_256' })), {
      name: 'InvalidKeyUsageException',
      message: `${KeyId} key usage is GENERATE_VERIFY_MAC which is not valid for Sign.`,
    })
    const mac = { KeyId, Message: PLAINTEXT }
    await refused(client.send(new GenerateMacCommand({ ...mac, MacAlgorithm: 'HMAC_SHA_256' })), {
      name: 'InvalidKeyUsageException',
      message: 'Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.',
    })
    const wrong = new VerifyMacCommand({ ...mac, Mac: new Uint8Array(28), MacAlgorithm: 'HMAC_SHA_224' })
    await refused(client.send(wrong), { name: 'KMSInvalidMacException' })
    const signing = await client.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }))
    const signature = { KeyId: signing.KeyMetadata?.KeyId, SigningAlgorithm: 'ECDSA_SHA_256' } as const
    const short = new SignCommand({ ...signature, MessageType: 'DIGEST', Message: new Uint8Array(31) })
    await refused(client.send(short), {
      name: 'ValidationException',
      message: 'Digest is invalid length for algorithm ECDSA_SHA_256.',
    })
    const invented = new VerifyCommand({ ...signature, Message: PLAINTEXT, Signature: new Uint8Array(70) })
    await refused(client.send(invented), { name: 'KMSInvalidSignatureException' })
  })

  test('credentials that are not right are refused', async () => {
    const random = (): GenerateRandomCommand => new GenerateRandomCommand({ NumberOfBytes: 1 })
    const impostor = connect(server, { secretAccessKey: 'x'.repeat(40) })
    await refused(impostor.send(random()), { name: 'InvalidSignatureException' })
    impostor.destroy()
    const stranger = connect(server, { accessKeyId: 'AKIAUNKNOWNUNKNOWN00' })
    await refused(stranger.send(random()), {
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    })
    stranger.destroy()
  })

  test('names of aliases that are not to be are refused', async () => {
    const { id } = await newKey(client)
    const create = (AliasName: string): Promise<unknown> =>
      client.send(new CreateAliasCommand({ AliasName, TargetKeyId: id }))
    await refused(create('alias/aws/mine'), { name: 'NotAuthorizedException' })
    await refused(create('mine'), {
      name: 'ValidationException',
      message:
        'Alias must start with the prefix "alias/". Please see ' +
        'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    })
    await create('alias/mine')
    const onAlias = new CreateAliasCommand({ AliasName: 'alias/second', TargetKeyId: 'alias/mine' })
    await refused(client.send(onAlias), {
      name: 'ValidationException',
      message: 'Aliases must refer to keys. Not aliases',
    })
  })

  test('an alias is no name for a management operation', async () => {
    const { id } = await newKey(client)
    const AliasName = 'alias/management'
    await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: id }))
    await assert.rejects(client.send(new DisableKeyCommand({ KeyId: AliasName })), (error: Error) => {
      assert.match(error.name, /^(InvalidArnException|NotFoundException)$/)
      return true
    })
    const arn = `arn:aws:kms:${server.region}:${server.accountId}:${AliasName}`
    await refused(client.send(new DisableKeyCommand({ KeyId: arn })), {
      name: 'InvalidArnException',
      message: 'Key Aliases are not supported for this operation.',
    })
  })

  test('markers that the service did not make are refused', async () => {
    await refused(client.send(new ListKeysCommand({ Marker: 'made-up' })), { name: 'InvalidMarkerException' })
  })

  test('invalid policies, and policies that name missing principals or lock out their author, are refused', async () => {
    const { id } = await newKey(client)
    const put = (Policy: string): Promise<unknown> =>
      client.send(new PutKeyPolicyCommand({ KeyId: id, PolicyName: 'default', Policy }))
    await refused(put('not json'), { name: 'MalformedPolicyDocumentException' })
    const allow = (AWS: string): string =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' }],
      })
    await refused(put(allow(`arn:aws:iam::${server.accountId}:user/nobody`)), {
      name: 'MalformedPolicyDocumentException',
      message: 'Policy contains a statement with one or more invalid principals.',
    })
    await refused(put(allow(PARTNER)), {
      name: 'MalformedPolicyDocumentException',
      message: 'The new key policy will not allow you to update the key policy in the future.',
    })
    await refused(client.send(new GetKeyPolicyCommand({ KeyId: id, PolicyName: 'other' })), {
      name: 'NotFoundException',
      message: 'No such policy exists',
    })
  })

  test('tags beyond the limits are refused', async () => {
    const { id } = await newKey(client)
    const tags = (count: number): { TagKey: string; TagValue: string }[] =>
      Array.from({ length: count }, (_, number) => ({ TagKey: `k${number}`, TagValue: '' }))
    const tag = (Tags: { TagKey: string; TagValue: string }[]): Promise<unknown> =>
      client.send(new TagResourceCommand({ KeyId: id, Tags }))
    await tag(tags(50))
    await refused(tag([{ TagKey: 'one more', TagValue: '' }]), { name: 'TagException', message: 'Too many tags' })
    const twice = [...tags(1), ...tags(1)]
    await refused(tag(twice), { name: 'TagException', message: 'Duplicate tag keys' })
    await refused(tag([{ TagKey: 'x'.repeat(129), TagValue: '' }]), {
      name: 'ValidationException',
      message:
        `1 validation error detected: Value '${'x'.repeat(129)}' at 'tags.1.member.tagKey' failed to satisfy ` +
        'constraint: Member must have length less than or equal to 128',
    })
  })

  test('several faults come in one answer', async () => {
    const both = new ReEncryptCommand({ CiphertextBlob: new Uint8Array(0), DestinationKeyId: '' })
    await assert.rejects(client.send(both), (error: Error) => {
      assert.equal(error.name, 'ValidationException')
      assert.match(error.message, /^2 validation errors detected: Value .*; Value .*/)
      return true
    })
  })
})
