/** The bundle in a real browser, both ways with the client for Node, and against a KMS behind the page's own origin. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { folder } from '../../../../tools/testing/folder.ts'
import { startKeyhold } from '../../../../tools/testing/keyhold.ts'
import { needs } from '../../../../tools/testing/needs.ts'
import { Envelope, kms, rawAes } from '../../src/index.ts'
import { browserBundle } from '../support/bundle.ts'

const TIMEOUT_MS = 60_000
const context = { tenant: 't-17' }
const REGION = 'us-east-1'
const credentials = { accessKeyId: '111122223333', secretAccessKey: 'any' }

/** Opens what Node wrote, and writes for Node to open: what each message holds is its name. */
const PAGE = `<!doctype html><script type="module">
import { Envelope, kms, rawAes } from '/bundle.js'
const report = (result) => fetch('/result', { method: 'POST', body: JSON.stringify(result) })
try {
  const { messages, arn } = await (await fetch('/job')).json()
  const key = rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32).fill(7) })
  const credentials = ${JSON.stringify(credentials)}
  const service = kms({ region: '${REGION}', endpoint: location.origin, credentials })
  const expect = ${JSON.stringify(context)}
  const opened = {}, written = {}
  for (const [keyringName, keyring] of Object.entries({ raw: key, kms: service.key(arn) })) {
    for (const signed of [true, false]) {
      const name = keyringName + (signed ? ' signed' : ' unsigned')
      const envelope = new Envelope({ keyring, signed })
      opened[name] = await envelope.decryptText(messages[name], { expect })
      written[name] = await envelope.encryptText(name, { context: expect })
    }
  }
  const unsigned = new Envelope({ keyring: key, signed: false })
  const way = new Blob([new Uint8Array(300000)]).stream().pipeThrough(unsigned.encryptStream())
  const back = way.pipeThrough(unsigned.decryptStream({ expect: {} }))
  const streamed = (await new Response(back).arrayBuffer()).byteLength
  await report({ opened, written, streamed })
} catch (error) {
  await report({ error: String(error?.stack ?? error) })
}
</script>`

/** As a server would: what the browser adds for itself, such as the page's origin, is not the KMS's business. */
function forwarded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const wanted = /^(?:host|authorization|content-(?:type|length)|x-amz-.*)$/
  return Object.fromEntries(Object.entries(headers).filter(([name]) => wanted.test(name)))
}

interface Result {
  error?: string
  opened?: Record<string, string>
  written?: Record<string, string>
  streamed?: number
}

test('messages go both ways between Chromium and Node', { skip: needs('chromium') }, async () => {
  const server = await startKeyhold(['dev', '--port', '0'])
  await using profile = await folder()
  const result = Promise.withResolvers<Result>()
  const service = kms({ region: REGION, endpoint: server.endpoint, credentials })
  const { KeyMetadata } = await service.call('CreateKey', {})
  const arn = await service.resolve(KeyMetadata!.KeyId)
  const keyrings = {
    raw: rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32).fill(7) }),
    kms: service.key(arn),
  }
  const envelopes = Object.entries(keyrings).flatMap(([name, keyring]) =>
    [true, false].map(
      (signed) => [`${name} ${signed ? 'signed' : 'unsigned'}`, new Envelope({ keyring, signed })] as const,
    ),
  )
  const messages: Record<string, string> = {}
  for (const [name, envelope] of envelopes) messages[name] = await envelope.encryptText(name, { context })
  const bundle = await browserBundle()

  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url } = incoming
    if (method === 'GET' && url === '/') return void response.setHeader('content-type', 'text/html').end(PAGE)
    if (url === '/bundle.js') return void response.setHeader('content-type', 'text/javascript').end(bundle)
    if (url === '/job') return void response.end(JSON.stringify({ messages, arn }))
    if (url === '/result') {
      result.resolve(JSON.parse(await text(incoming)) as Result)
      return void response.end()
    }
    if (method !== 'POST') return void response.writeHead(404).end()
    const { hostname, port } = new URL(server.endpoint)
    const onward = request({ hostname, port, method, path: url, headers: forwarded(incoming.headers) }, (answered) => {
      response.writeHead(answered.statusCode!, answered.headers)
      answered.pipe(response)
    })
    incoming.pipe(onward)
  }
  const origin = createServer((incoming, response) => void answer(incoming, response))
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const page = `http://127.0.0.1:${(origin.address() as AddressInfo).port}/`
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    `--user-data-dir=${profile.path('profile')}`,
  ]
  const chromium = spawn('chromium', [...flags, page], { stdio: 'ignore', detached: true })
  const exited = once(chromium, 'exit')
  const late = setTimeout(() => result.reject(new Error('Chromium reported nothing')), TIMEOUT_MS)
  try {
    const { error, opened, written, streamed } = await result.promise
    assert.equal(error, undefined)
    const names = Object.fromEntries(envelopes.map(([name]) => [name, name]))
    assert.deepEqual(opened, names)
    for (const [name, envelope] of envelopes) {
      assert.equal(await envelope.decryptText(written![name]!, { expect: context }), name)
    }
    assert.equal(streamed, 300_000)
  } finally {
    clearTimeout(late)
    process.kill(-chromium.pid!, 'SIGKILL') // its own group: the browser and what it started
    await exited
    origin.closeAllConnections()
    origin.close()
    await server.stop()
  }
})
