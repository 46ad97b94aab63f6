import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkServerIdentity, connect, createServer, type PeerCertificate } from 'node:tls'
import { issueAuthority, issueServer, serverNames } from '../../src/certificates/issue.ts'
import { nameOption } from '../../src/certificates/options.ts'
import { filesIn } from '../../src/certificates/folder.ts'
import { fail, succeed, temporaryFolder } from '../support/vault.ts'

const DAY_MS = 86_400_000
const span = (fromDays: number, toDays: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(Date.now() + fromDays * DAY_MS),
  notAfter: new Date(Date.now() + toDays * DAY_MS),
})

/** What a client that trusts `ca` sees of a server with this certificate, under this name. */
async function verified(
  ca: string,
  server: { certificate: string; key: string },
  name: string,
): Promise<PeerCertificate> {
  const listener = createServer({ cert: server.certificate, key: server.key }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }
  const socket = connect({
    port,
    host: '127.0.0.1',
    ca,
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_, shown) => checkServerIdentity(name, shown),
  })
  try {
    await once(socket, 'secureConnect')
    return socket.getPeerCertificate()
  } finally {
    socket.destroy()
    listener.close()
  }
}

test('a certificate is good for its names under its own authority, and for nothing else', async () => {
  const names = ['kms.test', '*.tenants.test', '10.0.0.5', '2001:db8::5']
  const [authority, other] = [await issueAuthority('One', span(-1, 10)), await issueAuthority('One', span(-1, 10))]
  const server = await issueServer(authority, names, span(-1, 10))
  assert.deepEqual(serverNames(server.certificate), names)
  for (const name of ['kms.test', 'a.tenants.test', '10.0.0.5', '2001:db8::5'])
    await verified(authority.certificate, server, name)
  for (const name of ['other.test', 'a.b.tenants.test', '10.0.0.6']) {
    await assert.rejects(verified(authority.certificate, server, name), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, name)
  }
  await assert.rejects(verified(other.certificate, server, 'kms.test'), /certificate/)
  const past = await issueServer(authority, names, span(-10, -1))
  await assert.rejects(verified(authority.certificate, past, 'kms.test'), { code: 'CERT_HAS_EXPIRED' })
})

test('a certificate of a server is no authority', async () => {
  const authority = await issueAuthority('One', span(-1, 10))
  const server = await issueServer(authority, ['kms.test'], span(-1, 10))
  const below = await issueServer(server, ['bank.test'], span(-1, 10))
  const chain = { ...below, certificate: below.certificate + server.certificate }
  await assert.rejects(verified(authority.certificate, chain, 'bank.test'), /invalid CA|certificate signing/i)
})

test('cert self-signed makes files that it never overwrites, and cert renew others of the same authority', async (t) => {
  const out = join(temporaryFolder(t), 'tls')
  const made = await succeed(['cert', 'self-signed', '-n', 'KMS.test', '-n', '127.0.0.1', '--out', out])
  assert.match(made, /^Names +kms\.test, 127\.0\.0\.1$/m)
  const files = filesIn(out)
  const read = (): { certificate: string; key: string } => ({
    certificate: readFileSync(files.certificate, 'utf8'),
    key: readFileSync(files.key, 'utf8'),
  })
  for (const file of [files.key, files.authorityKey]) assert.equal(statSync(file).mode & 0o777, 0o600)
  const before = read()
  const authority = readFileSync(files.authority, 'utf8')
  await verified(authority, before, '127.0.0.1')
  await fail(['cert', 'self-signed', '-n', 'kms.test', '--out', out], 9, /ca\.key" exists, and is never overwritten/)
  assert.deepEqual(read(), before)
  const { names } = JSON.parse(await succeed(['cert', 'renew', '--out', out, '--json', '--days', '5'])) as {
    names: string[]
  }
  assert.deepEqual(names, ['kms.test', '127.0.0.1'])
  const after = read()
  assert.notEqual(after.key, before.key)
  assert.ok(!existsSync(`${files.key}.new`))
  const shown = await verified(authority, after, 'kms.test')
  assert.ok(Date.parse(shown.valid_to) - Date.now() < 5.1 * DAY_MS)
  assert.equal(readFileSync(files.authority, 'utf8'), authority)
  await succeed(['cert', 'renew', '--out', out, '-n', 'other.test'])
  await verified(authority, read(), 'other.test')
})

test('wrong use of cert is refused', async (t) => {
  const folder = temporaryFolder(t)
  await fail(['cert', 'self-signed', '--out', folder], 2, /--name/)
  const parse = nameOption('').parseArg as (text: string) => string[]
  for (const name of ['-a', 'a..b', 'a_b', 'https://a', 'a b', '', '*', 'a.*.b', 'x'.repeat(64)]) {
    assert.throws(() => parse(name), /neither a DNS name nor an IP address/, name)
  }
  await fail(['cert', 'self-signed', '-n', 'a..b', '--out', folder], 2, /neither a DNS name nor an IP address/)
  await fail(['cert', 'self-signed', '-n', 'a', '--days', '900', '--out', folder], 2, /from 1 to 825/)
  await fail(['cert', 'renew', '--out', folder], 9, /ca\.pem/)
  for (const name of ['ca.pem', 'ca.key', 'server.pem']) writeFileSync(join(folder, name), 'junk')
  await fail(['cert', 'renew', '--out', folder], 2, /are not those of `keyhold cert self-signed`/)
  await fail(['cert', 'renew', '--out', folder, '-n', 'a.test'], 2, /are not those of/)
})
