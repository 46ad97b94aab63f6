/** Multi-Region keys as unmodified clients of AWS see them: one server, a client for each Region. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import * as official from '@aws-crypto/client-node'
import { KMS } from '@aws-sdk/client-kms'
import { needs } from '../tools/testing/needs.ts'
import { clientEnvironment, startServer, type TestServer } from './server.ts'

const REGIONS = ['eu-central-1', 'us-west-2'] as const
const [HERE, THERE] = REGIONS
const PLAINTEXT = Buffer.from('opens in every Region')
/** A replica is ready within a second or two; what takes longer has failed. */
const READY_WITHIN_MS = 20_000

describe('multi-Region keys', () => {
  let server: TestServer
  let clients: Record<(typeof REGIONS)[number], KMS>
  let keyId: string
  let arns: Record<(typeof REGIONS)[number], string>

  before(async () => {
    server = await startServer()
    clients = Object.fromEntries(
      REGIONS.map((region) => [region, new KMS({ ...server, region, maxAttempts: 3 })]),
    ) as typeof clients
    const { KeyMetadata } = await clients[HERE].createKey({ MultiRegion: true })
    assert(KeyMetadata?.KeyId && KeyMetadata.Arn)
    keyId = KeyMetadata.KeyId
    arns = { [HERE]: KeyMetadata.Arn, [THERE]: KeyMetadata.Arn.replace(HERE, THERE) }
    const { ReplicaKeyMetadata } = await clients[HERE].replicateKey({ KeyId: keyId, ReplicaRegion: THERE })
    assert.equal(ReplicaKeyMetadata?.KeyState, 'Creating')
    assert.equal(ReplicaKeyMetadata.Arn, arns[THERE])
    await enabled(THERE)
  })
  after(async () => {
    for (const client of Object.values(clients ?? {})) client.destroy()
    await server?.stop()
  })

  /** As a Terraform provider waits. */
  async function enabled(region: (typeof REGIONS)[number]): Promise<void> {
    const startedMs = performance.now()
    for (;;) {
      const { KeyMetadata } = await clients[region].describeKey({ KeyId: keyId })
      if (KeyMetadata?.KeyState === 'Enabled') return
      assert.ok(performance.now() - startedMs < READY_WITHIN_MS, `the key is still ${KeyMetadata?.KeyState}`)
      await pause(100)
    }
  }

  test('what the SDK encrypts in one Region it decrypts in the other', async () => {
    for (const [from, to] of [
      [HERE, THERE],
      [THERE, HERE],
    ] as const) {
      const { CiphertextBlob } = await clients[from].encrypt({ KeyId: arns[from], Plaintext: PLAINTEXT })
      const opened = await clients[to].decrypt({ CiphertextBlob: CiphertextBlob! })
      assert.deepEqual(Buffer.from(opened.Plaintext!), PLAINTEXT)
      assert.equal(opened.KeyId, arns[to])
    }
  })

  test('the SDK reads the same configuration in both Regions', async () => {
    for (const region of REGIONS) {
      const { KeyMetadata } = await clients[region].describeKey({ KeyId: keyId })
      assert.deepEqual(KeyMetadata?.MultiRegionConfiguration, {
        MultiRegionKeyType: region === HERE ? 'PRIMARY' : 'REPLICA',
        PrimaryKey: { Arn: arns[HERE], Region: HERE },
        ReplicaKeys: [{ Arn: arns[THERE], Region: THERE }],
      })
    }
  })

  test('the Encryption SDK’s multi-Region keyring reads in one Region what it wrote in another', async () => {
    const client = official.buildClient(official.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    const keyring = (
      region: (typeof REGIONS)[number],
    ): InstanceType<typeof official.AwsKmsMrkAwareSymmetricKeyringNode> =>
      new official.AwsKmsMrkAwareSymmetricKeyringNode({ client: clients[region], keyId: arns[region] })
    const { result } = await client.encrypt(keyring(HERE), PLAINTEXT)
    assert.deepEqual((await client.decrypt(keyring(THERE), result)).plaintext, PLAINTEXT)
    const discovery = new official.AwsKmsMrkAwareSymmetricDiscoveryKeyringNode({
      client: clients[THERE],
      discoveryFilter: { accountIDs: [server.accountId], partition: 'aws' },
    })
    assert.deepEqual((await client.decrypt(discovery, result)).plaintext, PLAINTEXT)
  })

  test('the aws command lists the replica and moves the primary', { skip: needs('aws') }, async () => {
    const aws = (region: string, ...args: string[]): string => {
      const options = ['--endpoint-url', server.endpoint, '--region', region, '--output', 'json']
      const { status, stdout, stderr } = spawnSync('aws', ['kms', ...args, ...options], {
        env: clientEnvironment(server),
        encoding: 'utf8',
      })
      assert.equal(status, 0, stderr)
      return stdout
    }
    assert.match(aws(THERE, 'list-keys'), new RegExp(keyId))
    aws(HERE, 'update-primary-region', '--key-id', keyId, '--primary-region', THERE)
    await enabled(HERE)
    await enabled(THERE)
    const { KeyMetadata } = await clients[THERE].describeKey({ KeyId: keyId })
    assert.equal(KeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType, 'PRIMARY')
    const refused = clients[HERE].replicateKey({ KeyId: keyId, ReplicaRegion: 'eu-west-1' })
    await assert.rejects(refused, {
      name: 'UnsupportedOperationException',
      message: `${arns[HERE]} is not a multi-region primary key.`,
    })
  })
})
