import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { type CertificateOptions, selfSigned } from '../../../../tools/testing/certificate.ts'
import { clientOf, fail, initialize, start, succeed, type Vault } from '../support/vault.ts'

interface Files {
  cert: string
  key: string
}

function issue({ folder }: Vault, options: Partial<CertificateOptions> = {}): Files {
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  const made = selfSigned({ names: ['127.0.0.1'], ...options })
  writeFileSync(files.cert, made.certificate)
  writeFileSync(files.key, made.key, { mode: 0o600 })
  return files
}

async function presented(port: string): Promise<string | undefined> {
  const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const subject = socket.getPeerX509Certificate()?.subject
  socket.destroy()
  return subject
}

async function secureVault(t: TestContext): Promise<{ vault: Vault; files: Files; args: string[] }> {
  const vault = await initialize(t)
  const files = issue(vault, { subject: 'before' })
  return { vault, files, args: ['serve', '--data', vault.data, '--tls-cert', files.cert, '--tls-key', files.key] }
}

test(
  'serve answers HTTPS, reads new certificates at SIGHUP, and records what a handshake agreed on',
  { timeout: 60_000 },
  async (t) => {
    const { vault, files, args } = await secureVault(t)
    const socket = join(vault.folder, 'socket')
    const server = await start(t, [...args, '--listen', '127.0.0.1:0', '--listen', `unix:${socket}`])
    const { protocol, port } = new URL(server.endpoint)
    assert.equal(protocol, 'https:')
    assert.match(server.said, new RegExp(`^Ready\\. https://127\\.0\\.0\\.1:${port} unix:${socket}$`, 'm'))
    const environment = { ...clientOf(vault, server), NODE_EXTRA_CA_CERTS: files.cert }
    await succeed(['key', 'create', '--alias', 'kept'], environment)
    const [event] = (await succeed(['audit', 'query', '--data', vault.data, '--event', 'CreateKey', '--json'])).split(
      '\n',
    )
    assert.deepEqual((JSON.parse(event ?? '') as { tlsDetails?: object }).tlsDetails, {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_256_GCM_SHA384',
      clientProvidedHostHeader: `127.0.0.1:${port}`,
      keyExchange: 'X25519MLKEM768',
    })
    const afterHangUp = async (pattern: RegExp): Promise<void> => {
      server.process.kill('SIGHUP')
      while (!pattern.test(server.said)) await sleep(20)
    }
    assert.equal(await presented(port), 'CN=before')
    issue(vault, { subject: 'after' })
    await afterHangUp(/In use now: TLS certificates/)
    assert.equal(await presented(port), 'CN=after')
    writeFileSync(files.key, 'junk', { mode: 0o600 })
    await afterHangUp(/Refused, and as before: TLS certificates: .*tls\.key cannot be used/)
    assert.equal(await presented(port), 'CN=after')
  },
)

test('serve refuses certificates that cannot be used, and plain HTTP beyond this machine, and says what to do', async (t) => {
  const { vault, files, args } = await secureVault(t)
  await fail(['serve', '--data', vault.data, '--tls-cert', files.cert], 2, /tls\.crt has no key.*--tls-key/)
  issue(vault, { notAfter: new Date('2020-01-01T00:00:00Z') })
  await fail(args, 2, /tls\.crt expired at 2020-01-01T00:00:00Z\. Renew it/)
  const plain = ['serve', '--data', vault.data, '--listen', '0.0.0.0:0']
  await fail(plain, 2, /Plain HTTP on 0\.0\.0\.0:\d+ would show secrets.*--tls-cert.*--insecure-http/)
  await fail([...plain.slice(0, -1), 'kms.example:443'], 2, /HOST:PORT with an IP address/)
  const server = await start(t, [...plain, '--insecure-http'])
  assert.match(server.said, /^Note: Plain HTTP on 0\.0\.0\.0:\d+: the network can read/m)
})
