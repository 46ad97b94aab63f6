import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { dev } from '../../../src/host/assembly/main.ts'
import { serve } from '../../../src/host/assembly/serve.ts'

const BASE = { port: 0, durability: 'write', logLevel: 'silent' } as const

/** Not by fetch, which chooses Host and Origin itself. */
async function told(port: number, path: string, headers: Record<string, string>, method = 'GET'): Promise<string> {
  const asked = request({ port, host: '127.0.0.1', path, method, headers })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  asked.on('error', reject).on('response', (response) => {
    const origin = response.headers['access-control-allow-origin'] ?? 'no origin'
    text(response).then((body) => resolve(`${response.statusCode} ${origin} ${body.trim()}`), reject)
  })
  asked.end()
  return promise
}

test('a development server answers the names and pages that it was told, to health checks and to requests', async () => {
  const origin = 'http://localhost:3000'
  const running = await dev({ ...BASE, allowedHosts: ['KMS'], allowedOrigins: [origin] })
  try {
    const { port } = running
    assert.equal(await told(port, '/healthz', { host: 'kms:5670' }), '200 no origin {"status":"ok"}')
    assert.match(await told(port, '/healthz', { host: 'other' }), /^403 no origin/)
    assert.match(
      await told(port, '/', { host: 'kms:5670', origin }, 'POST'),
      /^400 http:\/\/localhost:3000 .*MissingAuth/,
    )
    assert.match(await told(port, '/', { host: 'kms:5670', origin: 'http://localhost:3001' }, 'POST'), /^403 no origin/)
    assert.match(await told(port, '/', { host: 'other', origin }, 'POST'), /^403/)
    const preflight = { host: 'kms', origin, 'access-control-request-method': 'POST' }
    assert.equal(await told(port, '/', preflight, 'OPTIONS'), `200 ${origin} `)
  } finally {
    await running.stop()
  }
})

test('what cannot be allowed or trusted is refused before a data folder is opened', async () => {
  const folder = '/nonexistent/folder'
  await assert.rejects(serve({ ...BASE, folder, trustedProxies: ['proxy'] }), { name: 'TrustedProxyError' })
  await assert.rejects(serve({ ...BASE, folder, allowedOrigins: ['*'] }), { name: 'OriginError' })
  await assert.rejects(dev({ ...BASE, folder, allowedOrigins: ['null'] }), { name: 'OriginError' })
  await assert.rejects(dev({ ...BASE, folder, allowedHosts: ['a:1'] }), { name: 'HostNameError' })
  await assert.rejects(dev({ ...BASE, folder, trustedProxies: ['::/0'] }), { name: 'TrustedProxyError' })
})
