/** Run by each runtime against the built client: what it can do, one line of JSON. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const { Envelope, rawAes, rawRsa } = await import(process.argv[2])
const folder = mkdtempSync(join(tmpdir(), 'keyhold-runtime-'))
const at = (name) => join(folder, name)
const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32).fill(7) })
/** Long enough for several threads, where there are any. */
const BIG = new Uint8Array(40 * 2 ** 20).fill(3)
const pem = { publicKeyEncoding: { format: 'pem', type: 'spki' }, privateKeyEncoding: { format: 'pem', type: 'pkcs8' } }
const pair = generateKeyPairSync('rsa', { modulusLength: 2048, ...pem })

async function comesBack(envelope) {
  const plaintext = new Uint8Array(1000).fill(5)
  const opened = await envelope.decrypt(await envelope.encrypt(plaintext), { expect: {} })
  return Buffer.compare(opened.plaintext, plaintext) === 0
}

async function fileComesBack(envelope) {
  writeFileSync(at('plain'), BIG)
  await envelope.encryptFile(at('plain'), at('message'))
  await envelope.decryptFile(at('message'), at('opened'), { expect: {} })
  return Buffer.compare(readFileSync(at('opened')), BIG) === 0
}

async function streamComesBack(envelope) {
  const blob = new Blob([new Uint8Array(300_000)])
  const way = blob
    .stream()
    .pipeThrough(envelope.encryptStream())
    .pipeThrough(envelope.decryptStream({ expect: {} }))
  return (await new Response(way).arrayBuffer()).byteLength === 300_000
}

const rsa = (padding) => new Envelope({ keyring: rawRsa({ namespace: 'n', name: 'k', padding, ...pair }) })
const THINGS = {
  signed: () => comesBack(new Envelope({ keyring })),
  unsigned: () => comesBack(new Envelope({ keyring, signed: false })),
  signedFile: () => fileComesBack(new Envelope({ keyring })),
  unsignedFile: () => fileComesBack(new Envelope({ keyring, signed: false })),
  stream: () => streamComesBack(new Envelope({ keyring, signed: false })),
  rsaOaep: () => comesBack(rsa('OAEP_SHA256_MGF1')),
  rsaPkcs1: () => comesBack(rsa('PKCS1')),
}

const results = {}
try {
  for (const [name, thing] of Object.entries(THINGS)) {
    results[name] = await thing().catch((error) => `${error.code ?? error.name}: ${error.message}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(JSON.stringify(results))
