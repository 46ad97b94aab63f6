import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, diffieHellman, randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { awsCommand, needs } from '../tools/testing/needs.ts'
import { AwsKms, type Json } from './aws-kms.ts'

const ROTATION = [
  'kms enable-key-rotation --rotation-period-in-days 90',
  'kms rotate-key-on-demand',
  'kms list-key-rotations --include-key-material ALL_KEY_MATERIAL',
  'kms get-key-last-usage',
].map(awsCommand)

describe('the aws command', { skip: needs('aws') }, () => {
  let kms: AwsKms
  before(async () => (kms = await AwsKms.start()))
  after(() => kms?.stop())

  const aws: AwsKms['aws'] = (...args) => kms.aws(...args)
  const awsRefused: AwsKms['refused'] = (...args) => kms.refused(...args)
  const newKey: AwsKms['newKey'] = (...args) => kms.newKey(...args)
  const bytes: AwsKms['bytes'] = (...args) => kms.bytes(...args)

  test('makes, describes, lists and names keys', async () => {
    const key = await newKey('--description', 'From the command', '--tags', 'TagKey=team,TagValue=red')
    const { KeyMetadata } = (await aws('describe-key', '--key-id', key.arn)) as { KeyMetadata: Json }
    assert.equal(KeyMetadata['Description'], 'From the command')
    await aws('update-key-description', '--key-id', key.id, '--description', 'Changed')
    const { Keys } = (await aws('list-keys')) as { Keys: { KeyId: string; KeyArn: string }[] }
    assert(Keys.some(({ KeyId, KeyArn }) => KeyId === key.id && KeyArn === key.arn))

    const other = await newKey()
    await aws('create-alias', '--alias-name', 'alias/cli', '--target-key-id', key.id)
    await awsRefused(
      ['create-alias', '--alias-name', 'alias/cli', '--target-key-id', other.id],
      'AlreadyExistsException',
      `An alias with the name arn:aws:kms:${kms.server.region}:${kms.server.accountId}:alias/cli already exists`,
    )
    await aws('update-alias', '--alias-name', 'alias/cli', '--target-key-id', other.id)
    const { Aliases } = (await aws('list-aliases', '--key-id', other.id)) as { Aliases: Json[] }
    assert.deepEqual(
      Aliases.map(({ AliasName }) => AliasName),
      ['alias/cli'],
    )
    await aws('delete-alias', '--alias-name', 'alias/cli')
    await awsRefused(['describe-key', '--key-id', 'alias/cli'], 'NotFoundException')
    await awsRefused(
      ['create-alias', '--alias-name', 'cli', '--target-key-id', key.id],
      'ValidationException',
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  })

  test('tags keys and reads their policies', async () => {
    const { id } = await newKey()
    await aws('tag-resource', '--key-id', id, '--tags', 'TagKey=a,TagValue=1', 'TagKey=b,TagValue=2')
    await aws('untag-resource', '--key-id', id, '--tag-keys', 'a')
    assert.deepEqual((await aws('list-resource-tags', '--key-id', id))['Tags'], [{ TagKey: 'b', TagValue: '2' }])
    assert.deepEqual((await aws('list-key-policies', '--key-id', id))['PolicyNames'], ['default'])
    const { Policy } = (await aws('get-key-policy', '--key-id', id, '--policy-name', 'default')) as { Policy: string }
    assert.equal((JSON.parse(Policy) as Json)['Id'], 'key-default-1')
    await aws('put-key-policy', '--key-id', id, '--policy-name', 'default', '--policy', Policy)
    await awsRefused(
      ['put-key-policy', '--key-id', id, '--policy-name', 'default', '--policy', 'not a policy'],
      'MalformedPolicyDocumentException',
    )
  })

  test('encrypts, decrypts and moves ciphertexts', async () => {
    const [key, other] = [await newKey(), await newKey()]
    const plaintext = await bytes('plaintext', 'ten thousand ducats')
    const context = ['--encryption-context', 'tenant=acme']
    const sealed = await aws('encrypt', '--key-id', key.id, '--plaintext', plaintext, ...context)
    assert.equal(sealed['KeyId'], key.arn)
    const blob = await bytes('blob', Buffer.from(sealed['CiphertextBlob'] as string, 'base64'))
    const opened = await aws('decrypt', '--ciphertext-blob', blob, ...context)
    assert.equal(Buffer.from(opened['Plaintext'] as string, 'base64').toString(), 'ten thousand ducats')
    await awsRefused(['decrypt', '--ciphertext-blob', blob], 'InvalidCiphertextException')
    await awsRefused(
      ['decrypt', '--ciphertext-blob', blob, '--key-id', other.id, ...context],
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )

    const source = ['--ciphertext-blob', blob, '--source-encryption-context', 'tenant=acme']
    const moved = await aws('re-encrypt', ...source, '--destination-key-id', other.id)
    const movedBlob = await bytes('moved', Buffer.from(moved['CiphertextBlob'] as string, 'base64'))
    assert.equal((await aws('decrypt', '--ciphertext-blob', movedBlob))['Plaintext'], opened['Plaintext'])
  })

  test('makes data keys and random bytes', async () => {
    const { id } = await newKey()
    const made = await aws('generate-data-key', '--key-id', id, '--key-spec', 'AES_256')
    const blob = await bytes('data-key', Buffer.from(made['CiphertextBlob'] as string, 'base64'))
    assert.equal((await aws('decrypt', '--ciphertext-blob', blob))['Plaintext'], made['Plaintext'])
    const hidden = await aws('generate-data-key-without-plaintext', '--key-id', id, '--number-of-bytes', '64')
    assert.equal('Plaintext' in hidden, false)
    const random = await aws('generate-random', '--number-of-bytes', '16')
    assert.equal(Buffer.from(random['Plaintext'] as string, 'base64').length, 16)
    const data = ['generate-data-key', '--key-id', id]
    const either = 'Please specify either number of bytes or key spec.'
    await awsRefused(data, 'ValidationException', either)
    await awsRefused([...data, '--key-spec', 'AES_256', '--number-of-bytes', '32'], 'ValidationException', either)
    await awsRefused(
      [...data, '--number-of-bytes', '1025'],
      'ValidationException',
      "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: " +
        'Member must have value less than or equal to 1024',
    )
  })

  test('signs, authenticates and encrypts with keys of other types', async () => {
    const text = await bytes('contract', 'a contract')
    const signer = await newKey('--key-spec', 'ECC_NIST_P384', '--key-usage', 'SIGN_VERIFY')
    const signing = ['--key-id', signer.id, '--message', text, '--signing-algorithm', 'ECDSA_SHA_384']
    const signed = await aws('sign', ...signing)
    const signature = await bytes('signature', Buffer.from(signed['Signature'] as string, 'base64'))
    assert.equal((await aws('verify', ...signing, '--signature', signature))['SignatureValid'], true)
    const other = ['--key-id', signer.id, '--message', signature, '--signing-algorithm', 'ECDSA_SHA_384']
    await awsRefused(['verify', ...other, '--signature', signature], 'KMSInvalidSignatureException')
    const publicKey = await aws('get-public-key', '--key-id', signer.arn)
    assert.deepEqual(publicKey['SigningAlgorithms'], ['ECDSA_SHA_384'])

    const macKey = await newKey('--key-spec', 'HMAC_256', '--key-usage', 'GENERATE_VERIFY_MAC')
    const authenticating = ['--key-id', macKey.id, '--message', text, '--mac-algorithm', 'HMAC_SHA_256']
    const made = await aws('generate-mac', ...authenticating)
    const mac = await bytes('mac', Buffer.from(made['Mac'] as string, 'base64'))
    assert.equal((await aws('verify-mac', ...authenticating, '--mac', mac))['MacValid'], true)

    const rsa = await newKey('--key-spec', 'RSA_2048', '--key-usage', 'ENCRYPT_DECRYPT')
    const encryption = ['--key-id', rsa.id, '--encryption-algorithm', 'RSAES_OAEP_SHA_256']
    const sealed = await aws('encrypt', ...encryption, '--plaintext', text)
    const blob = await bytes('rsa', Buffer.from(sealed['CiphertextBlob'] as string, 'base64'))
    const opened = await aws('decrypt', ...encryption, '--ciphertext-blob', blob)
    assert.equal(Buffer.from(opened['Plaintext'] as string, 'base64').toString(), 'a contract')
  })

  test('grants, and takes grants away in both ways', async () => {
    const { id, arn } = await newKey()
    const root = `arn:aws:iam::${kms.server.accountId}:root`
    const wanted = ['create-grant', '--key-id', id, '--grantee-principal', root, '--operations', 'Decrypt', 'Encrypt']
    const constraints = ['--constraints', 'EncryptionContextSubset={tenant=acme}']
    const retirable = await aws(...wanted, '--retiring-principal', root, '--name', 'cli', ...constraints)
    const revocable = await aws(...wanted)
    const { Grants } = (await aws('list-grants', '--key-id', id)) as { Grants: Json[] }
    assert.deepEqual(
      new Set(Grants.map(({ GrantId, Name, KeyId }) => [GrantId, Name, KeyId].join(' '))),
      new Set([`${String(retirable['GrantId'])} cli ${arn}`, `${String(revocable['GrantId'])}  ${arn}`]),
    )
    const listed = (await aws('list-retirable-grants', '--retiring-principal', root)) as { Grants: Json[] }
    assert.deepEqual(
      listed.Grants.map(({ GrantId, Constraints }) => [GrantId, Constraints]),
      [[retirable['GrantId'], { EncryptionContextSubset: { tenant: 'acme' } }]],
    )
    await aws('retire-grant', '--grant-token', retirable['GrantToken'] as string)
    await aws('revoke-grant', '--key-id', id, '--grant-id', revocable['GrantId'] as string)
    await awsRefused(
      ['revoke-grant', '--key-id', id, '--grant-id', revocable['GrantId'] as string],
      'NotFoundException',
    )
  })

  test('makes pairs', async () => {
    const sealing = await newKey()
    const pair = ['--key-id', sealing.id, '--key-pair-spec', 'ECC_NIST_P256']
    assert.equal('PrivateKeyPlaintext' in (await aws('generate-data-key-pair', ...pair)), true)
    const hidden = await aws('generate-data-key-pair-without-plaintext', ...pair)
    assert.equal('PrivateKeyPlaintext' in hidden, false)
  })

  test('agrees on secrets', { skip: needs(awsCommand('kms derive-shared-secret')) }, async () => {
    const { id } = await newKey('--key-spec', 'ECC_NIST_P256', '--key-usage', 'KEY_AGREEMENT')
    const sealing = await newKey()
    const peer = await aws('generate-data-key-pair', '--key-id', sealing.id, '--key-pair-spec', 'ECC_NIST_P256')
    const publicKey = await bytes('peer', Buffer.from(peer['PublicKey'] as string, 'base64'))
    const agreement = ['derive-shared-secret', '--key-id', id, '--key-agreement-algorithm', 'ECDH']
    const derived = await aws(...agreement, '--public-key', publicKey)
    const ours = await aws('get-public-key', '--key-id', id)
    const der = (name: string, given: Json): { key: Buffer; format: 'der' } => ({
      key: Buffer.from(given[name] as string, 'base64'),
      format: 'der',
    })
    const expected = diffieHellman({
      privateKey: createPrivateKey({ ...der('PrivateKeyPlaintext', peer), type: 'pkcs8' }),
      publicKey: createPublicKey({ ...der('PublicKey', ours), type: 'spki' }),
    })
    assert.equal(derived['SharedSecret'], expected.toString('base64'))
  })

  test('disables, enables and deletes keys', async () => {
    const { id, arn } = await newKey()
    const plaintext = await bytes('state', 'x')
    const encrypt = ['encrypt', '--key-id', id, '--plaintext', plaintext]
    await aws('disable-key', '--key-id', id)
    await awsRefused(encrypt, 'DisabledException', `${arn} is disabled.`)
    await aws('enable-key', '--key-id', id)
    await aws(...encrypt)
    const scheduled = await aws('schedule-key-deletion', '--key-id', id, '--pending-window-in-days', '7')
    assert.equal(scheduled['KeyState'], 'PendingDeletion')
    await awsRefused(encrypt, 'KMSInvalidStateException', `${arn} is pending deletion.`)
    await awsRefused(['enable-key', '--key-id', id], 'KMSInvalidStateException', `${arn} is pending deletion.`)
    await aws('cancel-key-deletion', '--key-id', id)
    await awsRefused(
      ['cancel-key-deletion', '--key-id', id],
      'KMSInvalidStateException',
      `${arn} is not pending deletion.`,
    )
  })

  test(
    'rotates keys, lists their materials and says when they were last used',
    { skip: needs(...ROTATION) },
    async () => {
      const { id, arn } = await newKey()
      await aws('enable-key-rotation', '--key-id', id, '--rotation-period-in-days', '90')
      const status = await aws('get-key-rotation-status', '--key-id', id)
      assert.deepEqual([status['KeyRotationEnabled'], status['RotationPeriodInDays']], [true, 90])
      await aws('rotate-key-on-demand', '--key-id', id)
      const all = ['list-key-rotations', '--key-id', id, '--include-key-material', 'ALL_KEY_MATERIAL']
      const { Rotations } = (await aws(...all)) as { Rotations: Json[] }
      assert.deepEqual(
        Rotations.map(({ KeyMaterialState }) => KeyMaterialState),
        ['NON_CURRENT', 'CURRENT'],
      )
      await aws('disable-key-rotation', '--key-id', id)
      assert.equal((await aws('get-key-rotation-status', '--key-id', id))['KeyRotationEnabled'], false)
      assert.deepEqual((await aws('get-key-last-usage', '--key-id', id))['KeyLastUsage'], {})
      await aws('generate-data-key', '--key-id', id, '--key-spec', 'AES_256')
      const { KeyLastUsage } = (await aws('get-key-last-usage', '--key-id', arn)) as { KeyLastUsage: Json }
      assert.equal(KeyLastUsage['Operation'], 'GenerateDataKey')
    },
  )

  test('imports what openssl wrapped, as AWS documents it', { skip: needs('openssl') }, async () => {
    const { id } = await newKey('--origin', 'EXTERNAL')
    const wrapping = ['--wrapping-algorithm', 'RSAES_OAEP_SHA_256', '--wrapping-key-spec', 'RSA_2048']
    const given = await aws('get-parameters-for-import', '--key-id', id, ...wrapping)
    const publicKey = Buffer.from(given['PublicKey'] as string, 'base64')
    await bytes('wrapping-key', publicKey)
    await bytes('material', randomBytes(32))
    const options = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256']
    const encrypt = ['pkeyutl', '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', 'wrapping-key', '-in', 'material']
    const encrypted = spawnSync('openssl', [...encrypt, ...options.flatMap((option) => ['-pkeyopt', option])], {
      cwd: kms.folder,
    })
    assert.equal(encrypted.status, 0, encrypted.stderr.toString())
    const blobs = ['--encrypted-key-material', await bytes('wrapped', encrypted.stdout)]
    const token = await bytes('token', Buffer.from(given['ImportToken'] as string, 'base64'))
    const validTo = new Date(Date.now() + 86_400_000).toISOString()
    await aws('import-key-material', '--key-id', id, '--import-token', token, ...blobs, '--valid-to', validTo)
    const { KeyMetadata } = (await aws('describe-key', '--key-id', id)) as { KeyMetadata: Json }
    assert.deepEqual([KeyMetadata['KeyState'], KeyMetadata['ExpirationModel']], ['Enabled', 'KEY_MATERIAL_EXPIRES'])
    await aws('delete-imported-key-material', '--key-id', id)
    const gone = (await aws('describe-key', '--key-id', id)) as { KeyMetadata: Json }
    assert.equal(gone.KeyMetadata['KeyState'], 'PendingImport')
  })

  test('is refused with a wrong secret, an unknown access key, and a key of another region', async () => {
    const random = ['generate-random', '--number-of-bytes', '1']
    await awsRefused(random, 'InvalidSignatureException', undefined, { AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) })
    await awsRefused(random, 'UnrecognizedClientException', 'The security token included in the request is invalid.', {
      AWS_ACCESS_KEY_ID: 'AKIAUNKNOWNUNKNOWN00',
    })
    const { id } = await newKey('--description', 'at home')
    await aws('create-alias', '--alias-name', 'alias/home', '--target-key-id', id)
    await awsRefused(
      ['describe-key', '--key-id', 'alias/home'],
      'NotFoundException',
      `Alias arn:aws:kms:us-west-2:${kms.server.accountId}:alias/home is not found.`,
      { AWS_DEFAULT_REGION: 'us-west-2' },
    )
  })
})
