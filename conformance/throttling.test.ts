import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CreateKeyCommand, type KMSClient } from '@aws-sdk/client-kms'
import { connect, refused } from './sdk.ts'
import { startServer, type TestServer } from './server.ts'

/** Many times what CreateKey's rate lets through at once, and in the seconds that a slow machine takes for it. */
const CALLS = 50

describe('@aws-sdk/client-kms where requests are counted', () => {
  let server: TestServer
  let client: KMSClient
  before(async () => {
    server = await startServer(['--rates', 'on'])
    client = connect(server)
  })
  after(async () => {
    client?.destroy()
    await server?.stop()
  })

  test('is told to slow down, as AWS says it, and succeeds where it tries again by itself', async () => {
    const calls = Array.from({ length: CALLS }, () => client.send(new CreateKeyCommand({})))
    const ended = await Promise.allSettled(calls)
    const late = ended.filter((call) => call.status === 'rejected')
    assert.ok(late.length > 0 && late.length < CALLS, `${late.length} of ${CALLS}`)
    for (const { reason } of late) {
      const message = 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'
      await refused(Promise.reject(reason as Error), { name: 'ThrottlingException', message })
    }
    const patient = connect(server, {}, 20)
    await Promise.all(Array.from({ length: 8 }, () => patient.send(new CreateKeyCommand({}))))
    patient.destroy()
  })
})
