import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
} from '@aws-sdk/client-kms'
import { startDevServer } from './server.ts'

const HERE = { account: '111111111111', region: 'eu-central-1' }
const ELSEWHERE = [
  { account: '111111111111', region: 'us-west-2' },
  { account: '222222222222', region: 'eu-central-1' },
]

describe('one server, several regions and accounts', () => {
  let server: Awaited<ReturnType<typeof startDevServer>>
  let key: { id: string; arn: string; blob: Uint8Array }
  const clients: KMSClient[] = []

  before(async () => {
    server = await startDevServer()
    const client = connect(HERE)
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
    assert(KeyMetadata?.KeyId && KeyMetadata.Arn)
    await client.send(new CreateAliasCommand({ AliasName: 'alias/here', TargetKeyId: KeyMetadata.KeyId }))
    const sealed = await client.send(new EncryptCommand({ KeyId: KeyMetadata.KeyId, Plaintext: Buffer.from('here') }))
    key = { id: KeyMetadata.KeyId, arn: KeyMetadata.Arn, blob: sealed.CiphertextBlob! }
  })
  after(async () => {
    for (const client of clients) client.destroy()
    await server?.stop()
  })

  function connect({ account, region }: { account: string; region: string }): KMSClient {
    const credentials = { accessKeyId: account, secretAccessKey: 'any' }
    const client = new KMSClient({ endpoint: server.endpoint, region, credentials, maxAttempts: 1 })
    clients.push(client)
    return client
  }

  test('a key carries the account and region of the request that made it', () => {
    assert.equal(key.arn, `arn:aws:kms:${HERE.region}:${HERE.account}:key/${key.id}`)
  })

  test('an access key id that is no account belongs to account 000000000000', async () => {
    const { KeyMetadata } = await connect({ account: 'test', region: 'eu-north-1' }).send(new CreateKeyCommand({}))
    assert.equal(KeyMetadata?.AWSAccountId, '000000000000')
  })

  for (const place of ELSEWHERE) {
    test(`the key is not listed, found or usable in account ${place.account}, ${place.region}`, async () => {
      const client = connect(place)
      assert.deepEqual((await client.send(new ListKeysCommand({}))).Keys, [])
      const { Aliases = [] } = await client.send(new ListAliasesCommand({}))
      assert.deepEqual(
        Aliases.filter((alias) => alias.AliasName === 'alias/here'),
        [],
      )
      for (const KeyId of [key.id, 'alias/here']) {
        await assert.rejects(client.send(new DescribeKeyCommand({ KeyId })), { name: 'NotFoundException' })
        const encrypt = new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') })
        await assert.rejects(client.send(encrypt), { name: 'NotFoundException' })
      }
    })
  }

  test('its ciphertext does not open in another region', async () => {
    const decrypt = new DecryptCommand({ CiphertextBlob: key.blob })
    await assert.rejects(connect(ELSEWHERE[0]!).send(decrypt), {
      name: 'AccessDeniedException',
      message: /the resource associated with this ciphertext because the resource does not exist in this Region/,
    })
  })

  test('its ciphertext does not open for another account', async () => {
    const decrypt = new DecryptCommand({ CiphertextBlob: key.blob })
    await assert.rejects(connect(ELSEWHERE[1]!).send(decrypt), { name: 'AccessDeniedException' })
  })

  test('its ciphertext opens where it was made', async () => {
    const { Plaintext } = await connect(HERE).send(new DecryptCommand({ CiphertextBlob: key.blob }))
    assert.equal(Buffer.from(Plaintext!).toString(), 'here')
  })
})
