import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListGrantsCommand,
} from '@aws-sdk/client-kms'
import { keyhold } from '../tools/testing/keyhold.ts'
import { connect } from './sdk.ts'
import { clientEnvironment, startServer, type TestServer } from './server.ts'

describe('@aws-sdk/client-kms sees what keyhold key did', () => {
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

  async function key(...args: string[]): Promise<string> {
    const env = { ...clientEnvironment(server), AWS_REGION: server.region, AWS_ENDPOINT_URL_KMS: server.endpoint }
    const { status, stdout, stderr } = await keyhold(['key', ...args], env)
    assert.equal(status, 0, stderr)
    return stdout
  }

  test('from its making to its end', async () => {
    const { KeyId, Arn } = JSON.parse(await key('create', '--alias', 'seen', '--json')) as Record<string, string>
    const metadata = async () => (await client.send(new DescribeKeyCommand({ KeyId: 'alias/seen' }))).KeyMetadata
    assert.equal((await metadata())?.Arn, Arn)
    await key('disable', 'alias/seen')
    assert.equal((await metadata())?.KeyState, 'Disabled')
    await key('enable', 'alias/seen')
    assert.equal((await metadata())?.KeyState, 'Enabled')

    await key('rotate', 'alias/seen', '--every', '100')
    const rotation = await client.send(new GetKeyRotationStatusCommand({ KeyId }))
    assert.deepEqual([rotation.KeyRotationEnabled, rotation.RotationPeriodInDays], [true, 100])

    const user = `arn:aws:iam::${server.accountId}:user/administrator`
    await key('grant', 'create', 'alias/seen', '--to', user, '--operation', 'Decrypt')
    const { Grants } = await client.send(new ListGrantsCommand({ KeyId }))
    assert.deepEqual(
      Grants?.map(({ GranteePrincipal, Operations }) => [GranteePrincipal, Operations]),
      [[user, ['Decrypt']]],
    )
    await key('grant', 'revoke', 'alias/seen', Grants?.[0]?.GrantId ?? '')
    assert.deepEqual((await client.send(new ListGrantsCommand({ KeyId }))).Grants, [])

    const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId }))
    assert.deepEqual(JSON.parse(await key('policy', 'alias/seen')), JSON.parse(Policy ?? ''))
    await key('delete', 'alias/seen', '--days', '7', '--yes')
    assert.equal((await metadata())?.KeyState, 'PendingDeletion')
    await key('undelete', 'alias/seen')
    assert.equal((await metadata())?.KeyState, 'Disabled')
  })
})
