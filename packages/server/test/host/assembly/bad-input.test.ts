import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawClient } from '../http/fixture.ts'
import { type Assembled, assemble } from './support/assembled.ts'
import type { KmsClient } from './support/client.ts'
import { Vault } from './support/vault.ts'

/** A whole running service with short patience; each test ends by asking it for something good. */
describe('bad input over the network is answered as AWS does, or the connection is closed', () => {
  let vault: Vault
  let server: Assembled
  let client: KmsClient
  let keyId: string

  before(async () => {
    vault = await Vault.create()
    server = await assemble(vault.folder, { limits: { headersTimeoutMs: 300, requestTimeoutMs: 600 } })
    client = vault.client(server)
    keyId = await client.createKey()
  })

  after(async () => {
    client[Symbol.dispose]()
    await server[Symbol.asyncDispose]()
    assert.deepEqual(server.errors, [], 'nothing of this is a bug')
    await vault[Symbol.asyncDispose]()
  })

  const stillWell = async (): Promise<void> => {
    await client.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  }

  /** What a well-signed body is answered with: its code, or `closed`. */
  const codeOf = async (target: string, body: string | Uint8Array): Promise<string> => {
    const { status, text, body: error } = await client.send(target, Buffer.from(body))
    assert.ok(status === 400 || status === 413, text)
    assert.doesNotMatch(text, /\.ts:|node:|\bat \w+ \(/)
    return String(error['__type'])
  }

  const target = (operation: string): string => `TrentService.${operation}`
  const encrypt = (text: string): string => text.replaceAll('KEY', keyId)
  const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

  const BODIES: Record<string, [operation: string, body: string | Uint8Array, code: string]> = {
    'not JSON': ['ListKeys', 'Action=ListKeys', 'SerializationException'],
    nothing: ['DescribeKey', '', 'SerializationException'],
    'half of a body': ['Encrypt', '{"KeyId":"KEY","Plaint', 'SerializationException'],
    'an array': ['ListKeys', '[]', 'SerializationException'],
    'a list where text belongs': ['DescribeKey', '{"KeyId":[1]}', 'SerializationException'],
    'a number where a map belongs': [
      'Encrypt',
      '{"KeyId":"KEY","Plaintext":"AA==","EncryptionContext":7}',
      'SerializationException',
    ],
    'text where a number belongs': ['ListKeys', '{"Limit":"ten"}', 'SerializationException'],
    'a member twice': ['DescribeKey', '{"KeyId":"KEY","KeyId":"KEY"}', 'SerializationException'],
    'a depth bomb': ['Encrypt', deep(100_000), 'SerializationException'],
    'more depth than any input has': ['Encrypt', `{"KeyId":"KEY","X":${deep(40)}}`, 'SerializationException'],
    'a lone surrogate': [
      'Encrypt',
      '{"KeyId":"KEY","Plaintext":"AA==","EncryptionContext":{"a":"\\ud800"}}',
      'SerializationException',
    ],
    'bytes that are not UTF-8': [
      'DescribeKey',
      Buffer.from('7b224b65794964223a22ff227d', 'hex'),
      'SerializationException',
    ],
    'base64 with a stray character': ['Encrypt', '{"KeyId":"KEY","Plaintext":"AA=*"}', 'SerializationException'],
    'base64 without padding': ['Encrypt', '{"KeyId":"KEY","Plaintext":"AA"}', 'SerializationException'],
    'base64 with white space': ['Encrypt', '{"KeyId":"KEY","Plaintext":"AA ==\\n"}', 'SerializationException'],
    'base64 whose last bits say something': ['Encrypt', '{"KeyId":"KEY","Plaintext":"AB=="}', 'SerializationException'],
    'an unknown operation': ['MakeCoffee', '{}', 'UnknownOperationException'],
    'an operation of no service': ['', '{}', 'UnknownOperationException'],
    'an operation that is a member of every object': ['constructor', '{}', 'UnknownOperationException'],
    'a number that is none': ['ListKeys', '{"Limit":1e999}', 'SerializationException'],
    'a null where something is required': ['DescribeKey', '{"KeyId":null}', 'ValidationException'],
  }
  for (const [what, [operation, body, code]] of Object.entries(BODIES)) {
    test(what, async () => {
      const bytes = typeof body === 'string' ? encrypt(body) : body
      assert.equal(await codeOf(target(operation), bytes), code)
      await stillWell()
    })
  }

  test('__proto__ and its like are context keys like others', async () => {
    const context = '{"__proto__":"a","constructor":"b","toString":"c"}'
    const body = `{"KeyId":"${keyId}","Plaintext":"c2VjcmV0","EncryptionContext":${context}}`
    const { status, body: sealed } = await client.send(target('Encrypt'), Buffer.from(body))
    assert.equal(status, 200)
    const open = (names: string): Promise<{ status: number; body: Record<string, unknown> }> =>
      client.send(
        target('Decrypt'),
        Buffer.from(`{"CiphertextBlob":"${String(sealed['CiphertextBlob'])}","EncryptionContext":${names}}`),
      )
    assert.equal((await open(context)).body['Plaintext'], 'c2VjcmV0')
    assert.equal((await open('{"constructor":"b","toString":"c"}')).body['__type'], 'InvalidCiphertextException')
    assert.equal((await open('{"__proto__":{"a":"b"}}')).body['__type'], 'SerializationException')
    await stillWell()
  })

  test('more than a mebibyte', async () => {
    const body = `{"KeyId":"${'x'.repeat(2 ** 20)}"}`
    assert.equal(await codeOf(target('DescribeKey'), body), 'RequestEntityTooLargeException')
    await stillWell()
  })

  /** Good but for what `change` does to its text. */
  const raw = (change: (text: string) => string): RawClient => {
    const wire = client.wire('GenerateDataKey', Buffer.from(`{"KeyId":"${keyId}","KeySpec":"AES_256"}`))
    return new RawClient(server.port).send(change(wire.toString('latin1')))
  }
  const header = (name: string, value: string, text: string): string =>
    text.replace('\r\n', `\r\n${name}: ${value}\r\n`)
  const repeat = (name: string, text: string): string =>
    text.replace(new RegExp(`\r\n(${name}: [^\r]*)`, 'i'), '\r\n$1\r\n$1')
  const chunked = (text: string, trailer: string): string => {
    const [head = '', body = ''] = text.split('\r\n\r\n')
    const framed = head.replace(/content-length: \d+/, 'Transfer-Encoding: chunked')
    return `${framed}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n${trailer}\r\n`
  }

  const REFUSED: Record<string, (text: string) => string> = {
    'a second Host': (text) => repeat('host', text),
    'a second Authorization': (text) => repeat('authorization', text),
    'a second X-Amz-Date': (text) => repeat('x-amz-date', text),
    'a second X-Amz-Target': (text) => repeat('x-amz-target', text),
    'a second Content-Length': (text) => repeat('content-length', text),
    'another Content-Length': (text) => header('Content-Length', '3', text),
    'no X-Amz-Target that is signed': (text) => text.replace(/x-amz-target: .*\r\n/, ''),
    'a body in gzip': (text) => header('Content-Encoding', 'gzip', text),
    'a signed body in gzip': () => {
      const body = gzipSync('{}')
      const head = Object.entries(client.headers(target('ListKeys'), body, { 'content-encoding': 'gzip' }))
      const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('')
      return `POST / HTTP/1.1\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body.toString('latin1')}`
    },
    'a URI in absolute form, for another host': (text) => text.replace('POST /', 'POST http://localhost/'),
    'a URI in absolute form of another scheme': (text) => text.replace('POST /', 'POST ftp://127.0.0.1/'),
    'another path': (text) => text.replace('POST /', 'POST /keys'),
    GET: (text) => text.replace('POST', 'GET'),
    PUT: (text) => text.replace('POST', 'PUT'),
    'a query': (text) => text.replace('POST /', 'POST /?X-Amz-Signature=0'),
  }
  for (const [what, change] of Object.entries(REFUSED)) {
    test(`a request with ${what}`, async () => {
      const connection = raw(change)
      const [answer] = await Promise.race([connection.answers(1), connection.closed.then(() => [])]).catch(() => [])
      if (answer) {
        assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.body}`)
        assert.match(answer.body, /^\{"__type":"[A-Za-z]+"[^\n]*\}$/)
      }
      await stillWell()
    })
  }

  test('a URI in absolute form is taken, for the host that was signed', async () => {
    const [answer] = await raw((text) => text.replace('POST /', `POST http://127.0.0.1:${server.port}/`)).answers(1)
    assert.equal(answer?.status, 200)
  })

  test('chunks are taken, and trailers change nothing', async () => {
    assert.equal((await raw((text) => chunked(text, '')).answers(1))[0]?.status, 200)
    const trailer = 'X-Amz-Target: TrentService.DisableKey\r\nHost: elsewhere\r\n'
    assert.equal((await raw((text) => chunked(text, trailer)).answers(1))[0]?.status, 200)
    assert.equal(await client.keyState(keyId), 'Enabled')
  })

  test('HTTP/1.0 is answered and closed', async () => {
    const connection = raw((text) => text.replace('HTTP/1.1', 'HTTP/1.0'))
    assert.equal((await connection.answers(1))[0]?.status, 200)
    await connection.closed
    await stillWell()
  })

  test('a body that never ends, and headers that never end', async () => {
    const slow = [raw((text) => text.slice(0, -3)), raw((text) => text.slice(0, 200))]
    await sleep(100)
    await stillWell()
    await Promise.all(slow.map(({ closed }) => closed))
    for (const { text } of slow) assert.match(text, /^$|^HTTP\/1\.1 408 /)
    await stillWell()
  })

  test('a client that goes away in the middle of its body', async () => {
    for (let times = 0; times < 20; times++) {
      const connection = raw((text) => text.slice(0, -3))
      await sleep(5)
      connection.socket.resetAndDestroy()
    }
    await stillWell()
  })
})
