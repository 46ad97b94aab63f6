import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteUserCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  IAMServiceException,
  paginateListUsers,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { startServer, type TestServer } from './server.ts'

const DOCUMENT = `{
  "Version": "2012-10-17",
  "Statement": { "Effect": "Allow", "Action": "iam:*", "Resource": "*" }
}`

describe('@aws-sdk/client-iam', () => {
  let server: TestServer
  let client: IAMClient
  before(async () => {
    server = await startServer()
    client = connect(server.credentials)
  })
  after(async () => {
    client?.destroy()
    await server?.stop()
  })

  function connect(credentials: TestServer['credentials']): IAMClient {
    return new IAMClient({ endpoint: server.endpoint, region: server.region, credentials, maxAttempts: 1 })
  }

  async function refused(call: Promise<unknown>, name: string, status: number, message?: string): Promise<void> {
    await assert.rejects(call, (error: unknown) => {
      assert(error instanceof IAMServiceException, String(error))
      assert.equal(error.name, name, error.message)
      assert.equal(error.$metadata.httpStatusCode, status)
      assert.match(error.$metadata.requestId ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      if (message !== undefined) assert.equal(error.message, message)
      return true
    })
  }

  test('creates a user with an access key, who calls with it', async () => {
    const { User } = await client.send(new CreateUserCommand({ UserName: 'sdk', Tags: [{ Key: 'a', Value: 'b' }] }))
    assert(User?.CreateDate instanceof Date)
    const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName: 'sdk' }))
    assert(AccessKey?.AccessKeyId && AccessKey.SecretAccessKey)
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey
    const own = connect({ accessKeyId, secretAccessKey })
    await refused(own.send(new GetUserCommand({})), 'AccessDenied', 403)
    const inline = { UserName: 'sdk', PolicyName: 'p' }
    await client.send(new PutUserPolicyCommand({ ...inline, PolicyDocument: DOCUMENT }))
    assert.deepEqual((await own.send(new GetUserCommand({}))).User, User)
    const { PolicyDocument } = await own.send(new GetUserPolicyCommand(inline))
    assert.equal(decodeURIComponent(PolicyDocument ?? ''), DOCUMENT)
    own.destroy()
    const message = 'Cannot delete entity, must delete policies first.'
    await refused(client.send(new DeleteUserCommand({ UserName: 'sdk' })), 'DeleteConflictException', 409, message)
  })

  test('knows each error by its class', async () => {
    await client.send(new CreateGroupCommand({ GroupName: 'twice' }))
    const again = client.send(new CreateGroupCommand({ GroupName: 'TWICE' }))
    await refused(again, 'EntityAlreadyExistsException', 409, 'Group with name TWICE already exists.')
    await refused(client.send(new GetUserCommand({ UserName: 'none' })), 'NoSuchEntityException', 404)
    const malformed = new CreatePolicyCommand({ PolicyName: 'bad', PolicyDocument: '{}' })
    await refused(client.send(malformed), 'MalformedPolicyDocumentException', 400)
    await refused(client.send(new CreateUserCommand({ UserName: 'a b' })), 'ValidationError', 400)
  })

  test('cannot delete a policy while it is attached at the same moment', async () => {
    await client.send(new CreateUserCommand({ UserName: 'racer' }))
    const { Policy } = await client.send(new CreatePolicyCommand({ PolicyName: 'race', PolicyDocument: DOCUMENT }))
    const PolicyArn = Policy?.Arn
    const [attached, deleted] = await Promise.allSettled([
      client.send(new AttachUserPolicyCommand({ UserName: 'racer', PolicyArn })),
      client.send(new DeletePolicyCommand({ PolicyArn })),
    ])
    assert.notEqual(attached.status, deleted.status)
  })

  test('lists a page at a time', async () => {
    for (const name of ['c', 'a', 'b']) {
      await client.send(new CreateUserCommand({ UserName: `page-${name}`, Path: '/pages/' }))
    }
    const names: (string | undefined)[] = []
    for await (const page of paginateListUsers({ client, pageSize: 1 }, { PathPrefix: '/pages/' })) {
      names.push(...(page.Users ?? []).map(({ UserName }) => UserName))
    }
    assert.deepEqual(names, ['page-a', 'page-b', 'page-c'])
  })
})
