import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  GetKeyPolicyCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeyPoliciesCommand,
  ListResourceTagsCommand,
  paginateListKeys,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms'
import { connect, newKey, refused } from './sdk.ts'
import { startServer, type TestServer } from './server.ts'

const PLAINTEXT = new TextEncoder().encode('the quick brown fox')
const CONTEXT = { tenant: 'acme', ünïcode: '✓' }

describe('@aws-sdk/client-kms', () => {
  let server: TestServer
  let client: KMSClient
  before(async () => {
    server = await startServer()
    client = connect(server)
  })
  after(async () => {
    client?.destroy()
    await server?.stop()
  })

  test('CreateKey and DescribeKey tell the same of a key', async () => {
    const tags = [{ TagKey: 'team', TagValue: 'payments' }]
    const created = await client.send(new CreateKeyCommand({ Description: 'Orders', Tags: tags }))
    assert(created.KeyMetadata?.KeyId)
    const { KeyId, Arn, CreationDate } = created.KeyMetadata
    assert.equal(Arn, `arn:aws:kms:${server.region}:${server.accountId}:key/${KeyId}`)
    assert(CreationDate instanceof Date && Math.abs(CreationDate.getTime() - Date.now()) < 60_000)
    assert.equal(created.KeyMetadata.Description, 'Orders')
    assert.equal(created.KeyMetadata.KeyState, 'Enabled')
    assert.deepEqual(created.KeyMetadata.EncryptionAlgorithms, ['SYMMETRIC_DEFAULT'])
    for (const name of [KeyId, Arn]) {
      const described = await client.send(new DescribeKeyCommand({ KeyId: name }))
      assert.deepEqual(described.KeyMetadata, created.KeyMetadata)
    }
  })

  test('Encrypt and Decrypt round-trip under a context, by id, ARN, alias and alias ARN', async () => {
    const key = await newKey(client)
    await client.send(new CreateAliasCommand({ AliasName: 'alias/round-trip', TargetKeyId: key.id }))
    const aliasArn = `arn:aws:kms:${server.region}:${server.accountId}:alias/round-trip`
    for (const KeyId of [key.id, key.arn, 'alias/round-trip', aliasArn]) {
      const input = { KeyId, Plaintext: PLAINTEXT, EncryptionContext: CONTEXT }
      const sealed = await client.send(new EncryptCommand(input))
      assert.equal(sealed.KeyId, key.arn)
      assert.equal(sealed.EncryptionAlgorithm, 'SYMMETRIC_DEFAULT')
      const { CiphertextBlob } = sealed
      for (const named of [{}, { KeyId }]) {
        const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: CONTEXT, ...named }))
        assert.deepEqual(Buffer.from(opened.Plaintext!), Buffer.from(PLAINTEXT))
        assert.equal(opened.KeyId, key.arn)
        assert.match(opened.KeyMaterialId ?? '', /^[0-9a-f]{64}$/)
      }
    }
  })

  test('the sizes at the limits of Encrypt pass, and one byte more does not', async () => {
    const { id } = await newKey(client)
    for (const size of [1, 4096]) {
      const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: id, Plaintext: new Uint8Array(size) }))
      const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }))
      assert.equal(Plaintext?.length, size)
    }
    await refused(client.send(new EncryptCommand({ KeyId: id, Plaintext: new Uint8Array(4097) })), {
      name: 'ValidationException',
      message:
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: " +
        'Member must have length less than or equal to 4096',
    })
  })

  test('data keys come in every size asked for, and their blobs open to the same bytes', async () => {
    const { id } = await newKey(client)
    const sizes = [
      [{ KeySpec: 'AES_128' }, 16],
      [{ KeySpec: 'AES_256' }, 32],
      [{ NumberOfBytes: 1 }, 1],
      [{ NumberOfBytes: 1024 }, 1024],
    ] as const
    for (const [size, bytes] of sizes) {
      const input = { KeyId: id, EncryptionContext: CONTEXT, ...size }
      const made = await client.send(new GenerateDataKeyCommand(input))
      const opened = await client.send(
        new DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext: CONTEXT }),
      )
      assert.equal(made.Plaintext?.length, bytes)
      assert.deepEqual(opened.Plaintext, made.Plaintext)
      const hidden = await client.send(new GenerateDataKeyWithoutPlaintextCommand(input))
      assert.equal('Plaintext' in hidden, false)
      const openedHidden = await client.send(
        new DecryptCommand({ CiphertextBlob: hidden.CiphertextBlob, EncryptionContext: CONTEXT }),
      )
      assert.equal(openedHidden.Plaintext?.length, bytes)
      // One byte is the same by chance once in 256 times.
      if (bytes > 8) assert.notDeepEqual(openedHidden.Plaintext, made.Plaintext)
    }
  })

  test('ReEncrypt moves a ciphertext to another key and context', async () => {
    const [source, destination] = [await newKey(client), await newKey(client)]
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: source.id, Plaintext: PLAINTEXT, EncryptionContext: CONTEXT }),
    )
    const moved = await client.send(
      new ReEncryptCommand({
        CiphertextBlob,
        SourceEncryptionContext: CONTEXT,
        DestinationKeyId: destination.id,
        DestinationEncryptionContext: { new: 'context' },
      }),
    )
    assert.equal(moved.SourceKeyId, source.arn)
    assert.equal(moved.KeyId, destination.arn)
    assert.notEqual(moved.SourceKeyMaterialId, moved.DestinationKeyMaterialId)
    const opened = await client.send(
      new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { new: 'context' } }),
    )
    assert.deepEqual(Buffer.from(opened.Plaintext!), Buffer.from(PLAINTEXT))
    assert.equal(opened.KeyId, destination.arn)
  })

  test('GenerateRandom gives as many bytes as asked, different each time', async () => {
    const [first, second] = await Promise.all([draw(1024), draw(1024)])
    assert.equal(first?.length, 1024)
    assert.notDeepEqual(first, second)

    async function draw(NumberOfBytes: number): Promise<Uint8Array | undefined> {
      return (await client.send(new GenerateRandomCommand({ NumberOfBytes }))).Plaintext
    }
  })

  test('a key is disabled, enabled, described again, scheduled for deletion and taken back', async () => {
    const { id, arn } = await newKey(client)
    await client.send(new DisableKeyCommand({ KeyId: id }))
    assert.deepEqual(await state(id), { KeyState: 'Disabled', Enabled: false })
    await refused(client.send(new EncryptCommand({ KeyId: id, Plaintext: PLAINTEXT })), {
      name: 'DisabledException',
      message: `${arn} is disabled.`,
    })
    await client.send(new EnableKeyCommand({ KeyId: arn }))
    assert.deepEqual(await state(id), { KeyState: 'Enabled', Enabled: true })
    await client.send(new UpdateKeyDescriptionCommand({ KeyId: id, Description: 'Second thoughts' }))

    const scheduled = await client.send(new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: 7 }))
    assert.equal(scheduled.KeyId, arn)
    assert.equal(scheduled.KeyState, 'PendingDeletion')
    assert.equal(scheduled.PendingWindowInDays, 7)
    const days = (scheduled.DeletionDate!.getTime() - Date.now()) / 86_400_000
    assert(days > 6.9 && days < 7.1, `deletion in ${days} days`)
    await refused(client.send(new EncryptCommand({ KeyId: id, Plaintext: PLAINTEXT })), {
      name: 'KMSInvalidStateException',
      message: `${arn} is pending deletion.`,
    })
    const cancelled = await client.send(new CancelKeyDeletionCommand({ KeyId: id }))
    assert.equal(cancelled.KeyId, arn)
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: id }))
    assert.equal(KeyMetadata?.KeyState, 'Disabled')
    assert.equal(KeyMetadata?.Description, 'Second thoughts')
    assert.equal(KeyMetadata?.DeletionDate, undefined)
  })

  async function state(KeyId: string): Promise<object> {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }))
    return { KeyState: KeyMetadata?.KeyState, Enabled: KeyMetadata?.Enabled }
  }

  test('aliases are made, listed, moved and deleted', async () => {
    const [first, second] = [await newKey(client), await newKey(client)]
    const AliasName = 'alias/wandering'
    await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: first.arn }))
    await refused(client.send(new CreateAliasCommand({ AliasName, TargetKeyId: second.id })), {
      name: 'AlreadyExistsException',
      message: `An alias with the name arn:aws:kms:${server.region}:${server.accountId}:${AliasName} already exists`,
    })
    await client.send(new UpdateAliasCommand({ AliasName, TargetKeyId: second.id }))
    assert.deepEqual((await client.send(new ListAliasesCommand({ KeyId: first.id }))).Aliases, [])
    const { Aliases = [] } = await client.send(new ListAliasesCommand({ KeyId: second.id }))
    assert.deepEqual(
      Aliases.map((alias) => [alias.AliasName, alias.TargetKeyId]),
      [[AliasName, second.id]],
    )
    await client.send(new DeleteAliasCommand({ AliasName }))
    await refused(client.send(new DescribeKeyCommand({ KeyId: AliasName })), {
      name: 'NotFoundException',
      message: `Alias arn:aws:kms:${server.region}:${server.accountId}:${AliasName} is not found.`,
    })
  })

  test('tags are set, replaced, listed and taken away, also when they are not there', async () => {
    const { id } = await newKey(client)
    const tag = (TagKey: string, TagValue: string): { TagKey: string; TagValue: string } => ({ TagKey, TagValue })
    await client.send(new TagResourceCommand({ KeyId: id, Tags: [tag('a', '1'), tag('b', '2')] }))
    await client.send(new TagResourceCommand({ KeyId: id, Tags: [tag('a', '3')] }))
    await client.send(new UntagResourceCommand({ KeyId: id, TagKeys: ['b', 'never-there'] }))
    const { Tags, Truncated } = await client.send(new ListResourceTagsCommand({ KeyId: id }))
    assert.deepEqual(Tags, [tag('a', '3')])
    assert.equal(Truncated, false)
    await refused(client.send(new TagResourceCommand({ KeyId: id, Tags: [tag('AWS:x', '1')] })), {
      name: 'TagException',
      message: 'Tags beginning with aws: are reserved',
    })
  })

  test('a key has the default policy, which may be put again', async () => {
    const { id } = await newKey(client)
    assert.deepEqual((await client.send(new ListKeyPoliciesCommand({ KeyId: id }))).PolicyNames, ['default'])
    const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId: id, PolicyName: 'default' }))
    const root = `arn:aws:iam::${server.accountId}:root`
    assert.deepEqual(JSON.parse(Policy!), {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: root },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    })
    await client.send(new PutKeyPolicyCommand({ KeyId: id, PolicyName: 'default', Policy: Policy! }))
  })

  test('paginateListKeys sees every key once', async () => {
    const made = [await newKey(client), await newKey(client), await newKey(client)].map((key) => key.id)
    const seen: string[] = []
    for await (const page of paginateListKeys({ client, pageSize: 2 }, {})) {
      assert((page.Keys?.length ?? 0) <= 2)
      seen.push(...(page.Keys ?? []).map((key) => key.KeyId ?? ''))
    }
    assert.equal(new Set(seen).size, seen.length)
    assert.deepEqual(
      made.filter((id) => !seen.includes(id)),
      [],
    )
  })
})
