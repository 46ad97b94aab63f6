import assert from 'node:assert/strict'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { parseAuthorization } from '@keyhold/protocol'
import { selfSigned } from '../../../../tools/testing/certificate.ts'
import { kms, KmsError } from '../../src/index.ts'
import type { KmsConnection, KmsOptions } from '../../src/index.ts'
import { answer, scriptedServer } from '../support/scripted-server.ts'

const ARN = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const KEY = { KeyMetadata: { KeyId: 'id', Arn: ARN } }

function connect(endpoint: string, options: Partial<KmsOptions> = {}): KmsConnection {
  return kms({
    region: 'eu-central-1',
    credentials: () =>
      Promise.resolve({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' }),
    endpoint,
    retry: { baseDelayMs: 1 },
    timeoutMs: 2000,
    ...options,
  })
}

const fails = (code: string, retryable: boolean) => (error: unknown) => {
  assert.ok(error instanceof KmsError, String(error))
  assert.deepEqual([error.code, error.retryable], [code, retryable])
  return true
}

describe('a call', () => {
  test('is one signed POST in the JSON protocol', async () => {
    await using server = await scriptedServer(answer(200, KEY))
    const output = await connect(server.endpoint).call('DescribeKey', { KeyId: 'alias/app' }, { region: 'us-east-1' })
    assert.equal(output.KeyMetadata?.Arn, ARN)
    const [{ headers, body }] = server.received as [(typeof server.received)[0]]
    assert.equal(body, '{"KeyId":"alias/app"}')
    assert.equal(headers['content-type'], 'application/x-amz-json-1.1')
    assert.equal(headers['x-amz-target'], 'TrentService.DescribeKey')
    assert.equal(headers['user-agent'], 'keyhold-client')
    assert.equal(headers['x-amz-security-token'], 'token')
    const { authorization } = parseAuthorization(headers.authorization!)
    assert.deepEqual(authorization?.signedHeaders, [
      'content-type',
      'host',
      'x-amz-date',
      'x-amz-security-token',
      'x-amz-target',
    ])
    assert.deepEqual(
      [authorization.accessKeyId, authorization.region, authorization.service],
      ['AKIDEXAMPLE', 'us-east-1', 'kms'],
    )
  })

  test('fails with the code, message and request id of the service', async () => {
    const refusal = { __type: 'com.amazonaws.kms#NotFoundException', message: 'no such key' }
    await using server = await scriptedServer(answer(400, refusal, { 'x-amzn-RequestId': 'r-1' }))
    await assert.rejects(connect(server.endpoint).call('DescribeKey', { KeyId: 'x' }), (error) => {
      assert.ok(error instanceof KmsError)
      const { code, message, status, requestId, operation } = error
      assert.deepEqual(
        [code, message, status, requestId, operation],
        ['NotFoundException', 'no such key', 400, 'r-1', 'DescribeKey'],
      )
      return true
    })
    assert.equal(server.received.length, 1)
  })

  test('is repeated after throttling, a failing server, and a broken connection', async () => {
    await using server = await scriptedServer(
      answer(400, { __type: 'ThrottlingException' }),
      answer(503, 'the proxy speaks'),
      (response) => response.destroy(),
      answer(200, KEY),
    )
    const output = await connect(server.endpoint).call('DescribeKey', { KeyId: 'x' })
    assert.equal(output.KeyMetadata?.Arn, ARN)
    assert.equal(server.received.length, 4)
  })

  test('that may have happened is not repeated when it changes something', async () => {
    await using server = await scriptedServer((response) => response.destroy())
    await assert.rejects(connect(server.endpoint).call('CreateKey', {}), fails('UNREACHABLE', true))
    assert.equal(server.received.length, 1)
  })

  test('that was throttled is repeated even when it changes something', async () => {
    await using server = await scriptedServer(answer(400, { __type: 'ThrottlingException' }), answer(200, KEY))
    await connect(server.endpoint).call('CreateKey', {})
    assert.equal(server.received.length, 2)
  })

  test('ends after the last attempt with what it last met', async () => {
    await using server = await scriptedServer(answer(500, { __type: 'KMSInternalException', message: 'sorry' }))
    await assert.rejects(
      connect(server.endpoint).call('DescribeKey', { KeyId: 'x' }),
      fails('KMSInternalException', true),
    )
    assert.equal(server.received.length, 4)
  })

  test('goes by way of the proxy, unless NO_PROXY names the host', async () => {
    await using proxy = await scriptedServer(answer(200, KEY))
    const ask = (NO_PROXY: string): Promise<unknown> =>
      connect('http://kms.invalid:80', { proxyEnv: { HTTP_PROXY: proxy.endpoint, NO_PROXY }, retry: { maxAttempts: 1 } })
        .call('DescribeKey', { KeyId: 'x' }) // prettier-ignore
    await ask('')
    assert.equal(proxy.received[0]?.headers.host, 'kms.invalid')
    await assert.rejects(ask('kms.invalid'), fails('UNREACHABLE', true))
    assert.equal(proxy.received.length, 1)
  })

  test('trusts the certificates that it is given', async (scope) => {
    const { key, certificate } = selfSigned({ names: ['localhost'] })
    const server = createTlsServer({ key, cert: certificate }, (request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify(KEY)))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    scope.after(() => server.closeAllConnections())
    scope.after(() => server.close())
    const endpoint = `https://localhost:${(server.address() as AddressInfo).port}`
    const retry = { maxAttempts: 1 }
    await connect(endpoint, { ca: certificate, retry }).call('DescribeKey', { KeyId: 'x' })
    const asking = connect(endpoint, { retry }).call('DescribeKey', { KeyId: 'x' })
    await assert.rejects(asking, (error: Error) => {
      assert.match(error.message, /of an authority that is not trusted here\. Name its file with AWS_CA_BUNDLE/)
      return fails('UNREACHABLE', true)(error)
    })
  })

  test('says that nothing listens', async () => {
    const server = await scriptedServer(answer(200, {}))
    await server[Symbol.asyncDispose]()
    await assert.rejects(connect(server.endpoint).call('DescribeKey', { KeyId: 'x' }), fails('UNREACHABLE', true))
  })

  for (const [what, status, body] of [
    ['is not JSON', 200, '<html>'],
    ['has the wrong types', 200, { KeyMetadata: 7 }],
    ['is a redirect', 307, ''],
    ['is an error without a code', 400, {}],
    ['is endless', 200, 'x'.repeat(2 ** 21)],
  ] as const) {
    test(`refuses an answer that ${what}, and asks no second time`, async () => {
      await using server = await scriptedServer(answer(status, body))
      await assert.rejects(
        connect(server.endpoint).call('DescribeKey', { KeyId: 'x' }),
        fails('MALFORMED_ANSWER', false),
      )
      assert.equal(server.received.length, 1)
    })
  }

  test('says that there are no credentials', async () => {
    const connection = connect('http://127.0.0.1:9', { credentials: () => Promise.reject(new Error('not logged in')) })
    await assert.rejects(connection.call('DescribeKey', { KeyId: 'x' }), fails('NO_CREDENTIALS', false))
  })
})

describe('resolving a key', () => {
  test('asks for an alias, and asks an ARN’s own region', async () => {
    await using server = await scriptedServer(answer(200, KEY))
    const connection = connect(server.endpoint)
    assert.equal(await connection.resolve('alias/app'), ARN)
    assert.equal(await connection.resolve('arn:aws:kms:ap-south-1:111122223333:alias/app'), ARN)
    const regions = server.received.map(
      ({ headers }) => parseAuthorization(headers.authorization!).authorization?.region,
    )
    assert.deepEqual(regions, ['eu-central-1', 'ap-south-1'])
  })

  test('sends no request for the ARN of a key', async () => {
    assert.equal(await connect('http://127.0.0.1:9').resolve(ARN), ARN)
  })
})

describe('the account of the caller', () => {
  const NO_STS = answer(404, { __type: 'UnknownOperationException' })
  const expected = { account: '111122223333', partition: 'aws' }

  test('is asked of the endpoint, which need not let the caller list anything', async () => {
    const identity = '<Arn>arn:aws-cn:iam::111122223333:user/ann</Arn><Account>111122223333</Account>'
    await using server = await scriptedServer(answer(503, ''), answer(200, identity))
    assert.deepEqual(await connect(server.endpoint).account(), { ...expected, partition: 'aws-cn' })
    assert.equal(server.received.length, 2)
  })

  test('is that of any key which an endpoint without an STS shows', async () => {
    await using server = await scriptedServer(NO_STS, answer(200, { Keys: [{ KeyArn: ARN }] }))
    assert.partialDeepStrictEqual(await connect(server.endpoint).account(), expected)
  })

  test('is that of any alias when there is no key', async () => {
    const alias = 'arn:aws:kms:eu-west-1:111122223333:alias/aws/s3'
    await using server = await scriptedServer(
      NO_STS,
      answer(200, { Keys: [] }),
      answer(200, { Aliases: [{ AliasArn: alias }] }),
    )
    assert.partialDeepStrictEqual(await connect(server.endpoint).account(), expected)
  })

  test('is unknown when there is neither', async () => {
    await using server = await scriptedServer(NO_STS, answer(200, { Keys: [] }), answer(200, { Aliases: [] }))
    assert.equal(await connect(server.endpoint).account(), undefined)
  })
})

test('refuses an endpoint that is not a URL', () => {
  for (const endpoint of ['', 'localhost:5670', 'file:///etc/passwd', '//host']) {
    assert.throws(() => connect(endpoint), { code: 'INVALID_ARGUMENT' })
  }
})
