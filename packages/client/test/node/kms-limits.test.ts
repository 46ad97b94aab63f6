import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { kms, KmsError } from '../../src/index.ts'
import type { KmsConnection, KmsOptions } from '../../src/index.ts'
import { answer, scriptedServer } from '../support/scripted-server.ts'

const LONG_MS = 60_000
const NEVER: Promise<never> = new Promise(() => undefined)
const KEY = { KeyMetadata: { KeyId: 'id' } }

/** Only the limit that a test names is short. */
function connect(endpoint: string, options: Partial<KmsOptions>): KmsConnection {
  return kms({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    endpoint,
    connectTimeoutMs: LONG_MS,
    timeoutMs: LONG_MS,
    callTimeoutMs: LONG_MS,
    ...options,
    retry: { maxAttempts: 1, baseDelayMs: 1, ...options.retry },
  })
}

async function timesOut(connection: KmsConnection, message: RegExp): Promise<void> {
  await assert.rejects(connection.call('DescribeKey', { KeyId: 'x' }), (error) => {
    assert.ok(error instanceof KmsError, String(error))
    assert.deepEqual([error.code, error.retryable], ['TIMEOUT', true])
    assert.match(error.message, message)
    return true
  })
}

/** Takes connections, and never says anything. */
async function silentServer(): Promise<AsyncDisposable & { host: string; connections: () => number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on('error', () => undefined).resume()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await Promise.resolve()
    },
  }
}

describe('a silent KMS', () => {
  test('is given up after the limit of an attempt', async () => {
    await using server = await scriptedServer(() => undefined)
    await timesOut(
      connect(server.endpoint, { timeoutMs: 50 }),
      /^127\.0\.0\.1:\d+ did not answer an attempt within 50 ms\.$/,
    )
  })

  test('is asked again, and the message says how often', async () => {
    await using server = await scriptedServer(() => undefined)
    const connection = connect(server.endpoint, { timeoutMs: 50, retry: { maxAttempts: 2 } })
    await timesOut(connection, /an attempt within 50 ms\. So it was in the last of 2 attempts\.$/)
    assert.equal(server.received.length, 2)
  })

  test('is given up after the limit of a whole call, however many attempts are left', async () => {
    await using server = await scriptedServer(() => undefined)
    const connection = connect(server.endpoint, { callTimeoutMs: 50, retry: { maxAttempts: 100 } })
    await timesOut(
      connection,
      /^DescribeKey was not done by .* within 50 ms, the limit of a whole call, in 1 attempt\.$/,
    )
    assert.ok(server.received.length <= 1)
  })

  test('that fails now and then is given up at that limit too, with what it last answered', async () => {
    await using server = await scriptedServer(
      answer(500, { __type: 'KMSInternalException', message: 'sorry' }),
      () => undefined,
    )
    const connection = connect(server.endpoint, { callTimeoutMs: 400, retry: { maxAttempts: 100 } })
    await timesOut(connection, /a whole call, in 2 attempts\. What was met before: sorry$/)
    assert.equal(server.received.length, 2)
  })

  test('is not waited for between attempts beyond that limit', async () => {
    await using server = await scriptedServer(answer(500, { __type: 'KMSInternalException', message: 'sorry' }))
    const retry = { maxAttempts: 100, baseDelayMs: 2 ** 30, maxDelayMs: 2 ** 30 }
    await timesOut(connect(server.endpoint, { callTimeoutMs: 400, retry }), /a whole call, in 1 attempt\. .* sorry$/)
  })

  const silent: readonly [what: string, where: (host: string) => [endpoint: string, proxies?: NodeJS.ProcessEnv]][] = [
    ['that never answers the handshake of TLS', (host) => [`https://${host}`]],
    ['whose proxy never answers CONNECT', (host) => ['https://kms.invalid', { HTTPS_PROXY: `http://${host}` }]],
  ]
  for (const [what, where] of silent) {
    test(`${what} meets the limit of connecting`, async () => {
      await using server = await silentServer()
      const [endpoint, proxyEnv = {}] = where(server.host)
      const connection = connect(endpoint, { connectTimeoutMs: 50, retry: { maxAttempts: 2 }, proxyEnv })
      await timesOut(connection, /^No connection to .* was made within 50 ms\. .* 2 attempts\.$/)
      assert.equal(server.connections(), 2)
    })
  }
})

test('the limit of connecting is none of answering', async () => {
  await using server = await scriptedServer((response) => void sleep(600).then(() => answer(200, KEY)(response)))
  const connection = connect(server.endpoint, { connectTimeoutMs: 400, retry: { maxAttempts: 3 } })
  assert.partialDeepStrictEqual(await connection.call('DescribeKey', { KeyId: 'x' }), KEY)
})

test('credentials that never come meet the limit of a whole call', async () => {
  const connection = connect('http://127.0.0.1:9', { callTimeoutMs: 50, credentials: () => NEVER })
  const keepsTheProcess = setInterval(() => undefined, LONG_MS)
  try {
    await timesOut(connection, /^No credentials to sign DescribeKey with came within 50 ms/)
  } finally {
    clearInterval(keepsTheProcess)
  }
})

test('limits that no timer can time are none', async () => {
  await using server = await scriptedServer(answer(200, KEY))
  for (const limit of [Number.POSITIVE_INFINITY, 2 ** 40]) {
    const connection = connect(server.endpoint, { connectTimeoutMs: limit, timeoutMs: limit, callTimeoutMs: limit })
    assert.partialDeepStrictEqual(await connection.call('DescribeKey', { KeyId: 'x' }), KEY)
  }
})

describe('an aborted signal stops with its reason', () => {
  test('while an answer is awaited', async () => {
    const stop = new AbortController()
    await using server = await scriptedServer(() => stop.abort(new Error('stopped')))
    const connection = connect(server.endpoint, {})
    await assert.rejects(connection.call('DescribeKey', { KeyId: 'x' }, { signal: stop.signal }), /^Error: stopped$/)
  })

  test('while credentials are awaited', async () => {
    const stop = new AbortController()
    const credentials = (): Promise<never> => {
      stop.abort(new Error('stopped'))
      return NEVER
    }
    const connection = connect('http://127.0.0.1:9', { credentials })
    await assert.rejects(connection.call('DescribeKey', { KeyId: 'x' }, { signal: stop.signal }), /^Error: stopped$/)
  })
})
