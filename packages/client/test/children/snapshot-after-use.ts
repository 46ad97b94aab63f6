/** Encrypts and decrypts against the KMS at argv[2], then writes a snapshot of its heap to argv[3]. */
import { writeHeapSnapshot } from 'node:v8'
import { Envelope, kms } from '@keyhold/client'
import type { KeyArn } from '@keyhold/client'

const [endpoint, path, keyArn, canary] = process.argv.slice(2) as [string, string, KeyArn, string]
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }
const service = kms({ region: 'eu-central-1', endpoint, credentials })
const envelope = new Envelope({ keyring: service.key(keyArn) })

const message = await envelope.encrypt(new TextEncoder().encode('plaintext'), { context: { canary } })
await envelope.decrypt(message, { expect: { canary } })
writeHeapSnapshot(path)
