/** `keyhold quorum` against a server, with credentials that its own IAM issued. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { parseCredentials } from '../../../../tools/testing/credentials.ts'
import { clientOf, fail, initialize, start, succeed } from '../support/vault.ts'

const REGION = 'eu-central-1'
const ALL = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })

test('approvers approve a deletion that the AWS SDK asked for, and it is done when it is repeated', async (t) => {
  const vault = await initialize(t)
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  const owner = { ...clientOf(vault, server), AWS_REGION: REGION }
  const sdk = { endpoint: server.endpoint, region: REGION, credentials: await parseCredentials(vault.folder) }
  const [iam, kms] = [new IAM(sdk), new KMS({ ...sdk, maxAttempts: 3 })]
  t.after(() => [iam, kms].forEach((client) => client.destroy()))
  const { KeyMetadata } = await kms.createKey({})

  const approver = async (UserName: string): Promise<{ arn: string; env: NodeJS.ProcessEnv }> => {
    const { User } = await iam.createUser({ UserName })
    await iam.putUserPolicy({ UserName, PolicyName: 'all', PolicyDocument: ALL })
    const { AccessKey } = await iam.createAccessKey({ UserName })
    const keys = { AWS_ACCESS_KEY_ID: AccessKey!.AccessKeyId!, AWS_SECRET_ACCESS_KEY: AccessKey!.SecretAccessKey! }
    return { arn: User!.Arn!, env: { ...owner, ...keys } }
  }
  const [ann, bob] = [await approver('ann'), await approver('bob')]
  const approvers = ['--approver', ann.arn, '--approver', bob.arn]
  const put = ['quorum', 'put', 'all', ...approvers, '--key', '*', '--protects', 'DESTRUCTION', '--needed']
  assert.match(await succeed([...put, '2'], owner), /asks for 2 of 2 approvers/)
  assert.match(await succeed(['quorum', 'ls'], owner), /all +2 of 2 +DESTRUCTION +\* +arn:aws:iam/)
  await fail([...put, '1'], 3, /PutQuorumRule.*rule all asks for 2 of its 2 approvers.*waits for approval/s, owner)

  const schedule = { KeyId: KeyMetadata!.Arn!, PendingWindowInDays: 7 }
  const refused = await kms.scheduleKeyDeletion(schedule).then(
    () => assert.fail('nothing was asked'),
    (error: Error & { $metadata: { attempts?: number } }) => error,
  )
  assert.equal(refused.name, 'AccessDeniedException')
  assert.equal(refused.$metadata.attempts, 1, 'SDKs do not repeat it by themselves')
  const id = /keyhold quorum approve ([0-9a-f-]{36})/.exec(refused.message)?.[1] ?? assert.fail(refused.message)

  assert.match(await succeed(['quorum', 'requests'], ann.env), new RegExp(`${id}\n  kms:ScheduleKeyDeletion on arn:`))
  assert.match(await succeed(['quorum', 'approve', id], ann.env), /^Approved: kms:ScheduleKeyDeletion/)
  await fail(['quorum', 'approve', id], 3, /is not an approver|made this request/, owner)
  const said = JSON.parse(await succeed(['quorum', 'approve', id, '--json'], bob.env)) as { ApprovedBy: string[] }
  assert.deepEqual(said.ApprovedBy, [ann.arn, bob.arn])
  assert.ok((await kms.scheduleKeyDeletion(schedule)).DeletionDate)
  await fail(['quorum', 'deny', id], 7, /No request .* waits for approval/, bob.env)

  const can = ['access', 'can-i', 'ScheduleKeyDeletion', schedule.KeyId, '--data', vault.data, '--as', ann.arn]
  assert.match(
    await succeed(can, owner),
    /^yes: .*\nThe quorum rule all asks for 2 of these approvers first: .*user\/bob/,
  )
  assert.doesNotMatch(await succeed(can.with(2, 'PutKeyPolicy'), owner), /quorum/)

  const [waiting] = JSON.parse(await succeed(['quorum', 'requests', '--json'], owner)) as { RequestId: string }[]
  assert.match(await succeed(['quorum', 'deny', waiting!.RequestId], bob.env), /^Denied: keyhold:PutQuorumRule/)
  await fail([...put, '1'], 3, /user\/bob denied the request/, owner)
})
