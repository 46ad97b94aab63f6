import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { needs } from '../../../../../../tools/testing/needs.ts'
import { PURPOSES } from '../../../../../../tools/testing/certificate.ts'
import { CertificateError } from '../../../../src/host/http/tls/certificate-error.ts'
import { loadMaterial, type TlsFiles } from '../../../../src/host/http/tls/load.ts'
import { CertificateFolder } from './folder.ts'

const folder = new CertificateFolder()
const secret = (text: string): Secret => Secret.of(new Uint8Array(Buffer.from(text)))
const one = folder.issue('one', { names: ['One.test', '*.one.test', '10.0.0.1'] })
const two = folder.issue('two', { rsaBits: 2048 })
const encrypted = folder.write(
  'encrypted.key',
  createPrivateKey(keyText('one')).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' }),
)

function keyText(name: string): string {
  return process.getBuiltinModule('node:fs').readFileSync(folder.file(`${name}.key`), 'utf8')
}

test('certificates find their keys, in whatever order these are named', async () => {
  const { certificates } = await loadMaterial({
    certificates: [one.certificate, two.certificate],
    keys: [two.key, one.key],
  })
  assert.deepEqual(
    certificates.map(({ file, names }) => [file, names]),
    [
      [one.certificate, ['one.test', '*.one.test', '10.0.0.1']],
      [two.certificate, ['two.test']],
    ],
  )
  assert.equal(certificates[0]?.notAfterMs, Date.parse('2100-01-01T00:00:00Z'))
  assert.match(certificates[0]?.fingerprint ?? '', /^[0-9a-f]{64}$/)
})

test('a key can be in the file of its certificate, encrypted, or behind a link', async () => {
  const both = folder.write('both.pem', one.pem + keyText('one'), 0o640)
  symlinkSync(one.key, folder.file('linked.key'))
  const same: TlsFiles[] = [
    { certificates: [both] },
    { certificates: [one.certificate], keys: [encrypted], passphrase: secret('open') },
    { certificates: [one.certificate], keys: [folder.file('linked.key')] },
  ]
  for (const files of same) assert.equal((await loadMaterial(files)).certificates.length, 1)
})

test('a chain is kept behind the certificate', async () => {
  const root = { ...folder.issue('root', { isAuthority: true }), subject: 'root' }
  const issuer = { certificate: root.pem, key: keyText('root'), subject: 'root' }
  const leaf = folder.issue('leaf', { issuer })
  const chain = folder.write('chain.pem', leaf.pem + root.pem)
  const { certificates } = await loadMaterial({ certificates: [chain], keys: [leaf.key] })
  assert.deepEqual(certificates[0]?.names, ['leaf.test'])
  const reversed = folder.write('reversed.pem', root.pem + leaf.pem)
  await refused({ certificates: [reversed], keys: [leaf.key] }, /must begin with the certificate of the server itself/)
})

async function refused(files: TlsFiles, message: RegExp): Promise<void> {
  await assert.rejects(loadMaterial(files), (error) => {
    assert.ok(error instanceof CertificateError, String(error))
    assert.match(error.message, message)
    return true
  })
}

test('files that cannot be used are refused, each with a sentence that names it', async () => {
  const certificates = [one.certificate]
  const keys = [one.key]
  const junk = folder.write('junk', 'junk')
  const der = folder.write('der', Buffer.from(one.pem.split('\n')[1] ?? '', 'base64'))
  mkdirSync(folder.file('dir'))
  await refused({ certificates: [], keys }, /TLS needs a certificate/)
  await refused({ certificates }, /one\.crt has no key\. Name the file of its key with --tls-key/)
  await refused({ certificates, keys: [two.key] }, /one\.crt has no key\. None of the private keys is its key/)
  await refused({ certificates, keys: [folder.issue('other').key] }, /None of the private keys is its key/)
  await refused({ certificates, keys: [one.key, two.key] }, /two\.key belongs to none of the certificates/)
  await refused({ certificates: [folder.file('absent')], keys }, /absent cannot be read: it does not exist/)
  await refused({ certificates: [folder.file('dir')], keys }, /dir is not a regular file/)
  await refused({ certificates: [junk], keys }, /junk contains neither a PEM certificate nor PKCS#12/)
  await refused({ certificates: [der], keys }, /der is a certificate in DER\. Convert it/)
  await refused(
    { certificates: [folder.write('no.p12', Buffer.from([0x30, 1]))], keys },
    /PKCS#12 file \S+p12 cannot be used/,
  )
  await refused(
    { certificates: [one.key], keys: [one.certificate] },
    /one\.crt contains a certificate and no private key/,
  )
  await refused(
    { certificates: [one.key], keys },
    /neither a PEM certificate nor PKCS#12\. Are --tls-cert and --tls-key swapped/,
  )
  await refused({ certificates, keys: [junk] }, /private key in \S+junk cannot be used/)
  await refused(
    { certificates, keys: [encrypted] },
    /encrypted\.key is encrypted\. Name the file of its passphrase with --tls-pass/,
  )
  await refused({ certificates, keys: [encrypted], passphrase: secret('shut') }, /The passphrase is not its passphrase/)
  await refused({ certificates, keys, clientAuthorities: junk }, /junk contains no PEM certificate/)
  await refused({ certificates: [folder.write('large', 'x'.repeat(600_000))], keys }, /larger than/)
})

test('authorities of clients are refused unless all of them can be read', async () => {
  const files = { certificates: [one.certificate], keys: [one.key] }
  const [first, second] = ['first', 'second'].map(
    (subject) => folder.issue(subject, { isAuthority: true, subject }).pem,
  )
  assert.ok(first && second)
  const junk = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  const spoiled = [
    junk,
    first.slice(0, 200),
    first + second.slice(0, 300),
    first + second.slice(0, 15),
    first + junk + second,
  ]
  for (const text of spoiled) {
    await refused(
      { ...files, clientAuthorities: folder.write('spoiled.pem', text) },
      /spoiled\.pem contains a certificate that cannot/,
    )
  }
  const whole = folder.write('whole.pem', `# of ours\n${first}\r\nand theirs\n${second}${keyText('one')}`)
  assert.ok((await loadMaterial({ ...files, clientAuthorities: whole })).clientAuthorities)
})

test('certificates that clients refuse are refused', async () => {
  const weak = folder.issue('weak', { rsaBits: 1024 })
  await refused(
    { certificates: [weak.certificate], keys: [weak.key] },
    /weak\.crt cannot be used: its key is too short/,
  )
  const client = folder.issue('client', { purpose: PURPOSES.client })
  await refused({ certificates: [client.certificate], keys: [client.key] }, /is not for servers/)
  const server = folder.issue('server', { purpose: PURPOSES.server })
  await loadMaterial({ certificates: [server.certificate], keys: [server.key] })
})

test(
  'keys that others can read are refused, and authorities that others can write',
  { skip: process.platform === 'win32' },
  async () => {
    const { certificate, key } = folder.issue('open')
    const both = folder.write('open.pem', one.pem + keyText('one'))
    for (const mode of [0o600, 0o400, 0o640, 0o440]) {
      chmodSync(key, mode)
      await loadMaterial({ certificates: [certificate], keys: [key] })
    }
    for (const mode of [0o644, 0o604, 0o660, 0o620, 0o601]) {
      for (const file of [key, both]) chmodSync(file, mode)
      const message = new RegExp(`access the private key in \\S+open.\\S+ \\(mode ${mode.toString(8)}\\)`)
      await refused({ certificates: [certificate], keys: [key] }, message)
      await refused({ certificates: [both] }, message)
    }
    chmodSync(certificate, 0o666)
    chmodSync(one.certificate, 0o664)
    await refused({ certificates: [certificate], keys: [one.key] }, /has no key/)
    await refused(
      { certificates: [one.certificate], keys: [one.key], clientAuthorities: certificate },
      /choose who is let in/,
    )
  },
)

test('a PKCS#12 file is read with its passphrase, and must be private', { skip: needs('openssl') }, async () => {
  const file = folder.file('one.p12')
  const args = ['pkcs12', '-export', '-in', one.certificate, '-inkey', one.key, '-out', file, '-passout', 'pass:open']
  execFileSync('openssl', args)
  chmodSync(file, 0o600)
  const { certificates } = await loadMaterial({ certificates: [file], passphrase: secret('open') })
  assert.deepEqual(certificates[0]?.names, ['one.test', '*.one.test', '10.0.0.1'])
  await refused({ certificates: [file], passphrase: secret('shut') }, /one\.p12 is encrypted\. The passphrase is not/)
  await refused({ certificates: [file] }, /one\.p12 is encrypted\. Name the file of its passphrase/)
  chmodSync(file, 0o644)
  await refused({ certificates: [file], passphrase: secret('open') }, /access the private key in \S+one\.p12/)
})
