/** AWS's SDK in a page of another origin, in a real browser: CORS as browsers understand it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { build } from 'esbuild'
import { folder } from '../../tools/testing/folder.ts'
import { startKeyhold } from '../../tools/testing/keyhold.ts'
import { needs } from '../../tools/testing/needs.ts'

const TIMEOUT_MS = 60_000

/** Runs in the page: a round trip, and what the SDK can tell of an error. */
const SCRIPT = `
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
const { endpoint } = await (await fetch('/job')).json()
const kms = new KMSClient({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: '111122223333', secretAccessKey: 'any' },
  maxAttempts: 1,
})
const outcome = await roundTrip().catch((error) => ({ error: String(error) }))
await fetch('/result' + location.search, { method: 'POST', body: JSON.stringify(outcome) })

async function roundTrip() {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  const Plaintext = new TextEncoder().encode('from a page')
  const { CiphertextBlob, $metadata } = await kms.send(new EncryptCommand({ KeyId: KeyMetadata.KeyId, Plaintext }))
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob }))
  const failure = await kms.send(new EncryptCommand({ KeyId: 'alias/none', Plaintext })).catch((error) => error)
  return {
    plaintext: new TextDecoder().decode(opened.Plaintext),
    requestId: $metadata.requestId,
    failure: failure.name,
    failureId: failure.$metadata.requestId,
  }
}
`

/** The page, with a second one of another origin in it. */
const page = (other: string): string =>
  `<!doctype html><script type="module" src="/bundle.js"></script><iframe src="${other}"></iframe>`

async function bundle(): Promise<string> {
  const stdin = { contents: SCRIPT, resolveDir: import.meta.dirname }
  const options = { bundle: true, platform: 'browser', format: 'esm', write: false, logLevel: 'error' } as const
  const { outputFiles } = await build({ stdin, ...options })
  return outputFiles[0]!.text
}

interface Outcome {
  error?: string
  plaintext?: string
  requestId?: string
  failure?: string
  failureId?: string
}

test(
  "AWS's SDK in a page of an allowed origin does a round trip, and in one of another origin gets nothing",
  {
    skip: needs('chromium'),
  },
  async (t) => {
    await using profile = await folder()
    const outcomes = { '?allowed': Promise.withResolvers<Outcome>(), '?other': Promise.withResolvers<Outcome>() }
    let endpoint = ''
    const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { pathname, search } = new URL(incoming.url ?? '', 'http://localhost')
      if (pathname === '/job') return void response.end(JSON.stringify({ endpoint }))
      if (pathname === '/bundle.js') return void response.setHeader('content-type', 'text/javascript').end(script)
      if (pathname === '/result') {
        outcomes[search as keyof typeof outcomes].resolve(JSON.parse(await text(incoming)) as Outcome)
        return void response.end()
      }
      response.setHeader('content-type', 'text/html')
      if (pathname === '/')
        response.end(search === '?allowed' ? page(`http://localhost:${port}/?other`) : page('about:blank'))
      else response.writeHead(404).end()
    }
    const pages = createServer((incoming, response) => void answer(incoming, response)).listen(0, '127.0.0.1')
    await once(pages, 'listening')
    const { port } = pages.address() as AddressInfo
    const origin = `http://127.0.0.1:${port}`
    const [server, script] = await Promise.all([
      startKeyhold(['dev', '--port', '0', '--allow-origin', origin]),
      bundle(),
    ])
    t.after(() => server.stop())
    t.after(() => pages.close().closeAllConnections())
    endpoint = server.endpoint
    const flags = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      `--user-data-dir=${profile.path('p')}`,
    ]
    const chromium = spawn('chromium', [...flags, `${origin}/?allowed`], { stdio: 'ignore', detached: true })
    const exited = once(chromium, 'exit')
    const late = setTimeout(() => {
      for (const { reject } of Object.values(outcomes)) reject(new Error('Chromium reported nothing'))
    }, TIMEOUT_MS)
    try {
      const [allowed, other] = await Promise.all(Object.values(outcomes).map(({ promise }) => promise))
      assert.deepEqual(
        [allowed?.error, allowed?.plaintext, allowed?.failure],
        [undefined, 'from a page', 'NotFoundException'],
      )
      // The SDK reads them from a header, which a page sees only if the server exposes it.
      for (const id of [allowed?.requestId, allowed?.failureId]) assert.match(id ?? '', /^[0-9a-f-]{36}$/)
      assert.match(other?.error ?? '', /Failed to fetch/)
    } finally {
      clearTimeout(late)
      process.kill(-chromium.pid!, 'SIGKILL') // its own group: the browser and what it started
      await exited
    }
  },
)
