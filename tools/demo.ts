/**
 * `npm run demo [-- FILE]`: from nothing to an envelope-encrypted file and back, through a server that is killed on the
 * way. Every step is checked; the exit code is 0 only when all of them held. Nothing is left behind.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { Demo } from './demo/demo.ts'
import { copyWithEditedHeader, sha256 } from './demo/files.ts'
import { failed, heading, say, timed } from './demo/narration.ts'

const ALIAS = 'alias/demo'
const EXIT = { doesNotOpen: 5, contradicts: 6 }

/** By default the Node that runs this: every machine has it, and it is over 100 MiB. */
const file = resolve(process.argv[2] ?? process.execPath)
const folder = await mkdtemp(join(tmpdir(), 'keyhold-demo-'))
const demo = new Demo(folder)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void cleanUp().finally(() => process.exit(128 + constants.signals[signal])))
}

try {
  await tour()
  console.log('\nAll of it held.')
} catch (error) {
  failed(error)
  process.exitCode = 1
} finally {
  await cleanUp()
}

async function tour(): Promise<void> {
  const sealed = join(folder, 'sealed')
  const context = { purpose: 'demo', file: basename(file) }
  await startService()
  const keyArn = await makeKey()
  const digest = await encrypt(sealed, context)
  await inspect(sealed, keyArn, context)
  await decrypt(sealed, digest)
  await contradict(sealed)
  await forgeContext(sealed)
  await killAndRestart()
  await decrypt(sealed, digest)
  await showAudit(keyArn, context)
  await verifyAudit()
}

async function startService(): Promise<void> {
  heading('A data folder, its root of trust, a certificate, and a server on it')
  await demo.initialize()
  await demo.certify()
  await demo.serve()
  assert.match(demo.endpoint, /^https:/)
  say(`It answers at ${demo.endpoint}, over TLS, and has its data in ${demo.data}.`)
}

async function makeKey(): Promise<string> {
  heading('A key with an alias')
  const output = await demo.run(['key', 'create', '--alias', ALIAS, '--description', 'Made by the demo', '--json'])
  const { Arn } = JSON.parse(output) as { Arn: string }
  say(await demo.run(['key', 'ls']))
  return Arn
}

async function encrypt(sealed: string, context: Record<string, string>): Promise<string> {
  const { size } = await stat(file)
  heading(`Encrypt ${file} (${(size / 2 ** 20).toFixed(1)} MiB)`)
  const pairs = Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  await timed(size, () => demo.run(['encrypt', '-k', ALIAS, ...pairs, '-o', sealed, file]))
  const digest = await sha256(file)
  say(`SHA-256 of the file: ${digest}`)
  return digest
}

async function inspect(sealed: string, keyArn: string, context: Record<string, string>): Promise<void> {
  heading('What the encrypted file says about itself, without any key')
  const shown = await demo.run(['inspect', sealed])
  say(shown)
  for (const text of [keyArn, ...Object.values(context)]) assert(shown.includes(text), `inspect does not show ${text}`)
}

async function decrypt(sealed: string, digest: string): Promise<void> {
  heading('Decrypt it, and compare')
  const opened = join(folder, 'opened')
  const { size } = await stat(sealed)
  await timed(size, () => demo.run(['decrypt', '-c', 'purpose=demo', '-o', opened, sealed]))
  const openedDigest = await sha256(opened)
  say(`SHA-256 of the result: ${openedDigest}`)
  assert.equal(openedDigest, digest, 'the decrypted file is not the file that was encrypted')
  await rm(opened)
}

async function contradict(sealed: string): Promise<void> {
  heading('Who expects another context is refused before any call')
  const before = (await demo.auditEvents([])).length
  const stolen = join(folder, 'stolen')
  await demo.runRefused(EXIT.contradicts, ['decrypt', '-c', 'purpose=theft', '-o', stolen, sealed])
  assert(!existsSync(stolen), 'something was written')
  assert.equal((await demo.auditEvents([])).length, before, 'the service was asked')
  say(`The service was not asked: its audit log has ${before} records, as before.`)
}

async function forgeContext(sealed: string): Promise<void> {
  heading("An edited context in the message's header is refused by the service")
  const forged = join(folder, 'forged')
  // In a header the length precedes every name and value, in two bytes.
  await copyWithEditedHeader(sealed, forged, { original: 'purpose\0\x04demo', replacement: 'purpose\0\x04loot' })
  const before = (await demo.auditEvents(['--event', 'Decrypt'])).length
  const opened = join(folder, 'forged.opened')
  await demo.runRefused(EXIT.doesNotOpen, ['decrypt', '-o', opened, forged])
  assert(!existsSync(opened), 'something was written')
  await rm(forged)
  const refusals = (await demo.auditEvents(['--event', 'Decrypt'])).slice(before)
  assert(
    refusals.some((event) => event['errorCode'] === 'InvalidCiphertextException'),
    'the audit log knows of no refusal',
  )
  say('The audit log has the refusal: InvalidCiphertextException.')
}

async function killAndRestart(): Promise<void> {
  heading('Kill the server without warning (SIGKILL), and start it again')
  await demo.kill()
  await demo.serve()
  say(`It answers again, at ${demo.endpoint}.`)
}

async function showAudit(keyArn: string, context: Record<string, string>): Promise<void> {
  heading('The audit record of that last decryption, as CloudTrail writes it')
  const event = (await demo.auditEvents(['--key', keyArn, '--event', 'Decrypt'])).at(-1)
  say(JSON.stringify(event, undefined, 2))
  const parameters = event?.['requestParameters'] as { encryptionContext?: Record<string, string> } | undefined
  assert.equal(event?.['errorCode'], undefined)
  const tls = event?.['tlsDetails'] as { tlsVersion?: string; keyExchange?: string } | undefined
  assert.deepEqual([tls?.tlsVersion, tls?.keyExchange], ['TLSv1.3', 'X25519MLKEM768'])
  for (const [name, value] of Object.entries(context)) assert.equal(parameters?.encryptionContext?.[name], value)
}

async function verifyAudit(): Promise<void> {
  heading('Stop the server, and verify the audit log over both of its lives')
  await demo.stop()
  say(await demo.run(['audit', 'verify', '--data', demo.data]))
}

async function cleanUp(): Promise<void> {
  await demo.kill()
  await rm(folder, { recursive: true, force: true })
}
