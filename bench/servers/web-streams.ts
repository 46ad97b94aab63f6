/** Encrypts or decrypts standard input to standard output by the library's web streams. */
import { Readable, Writable } from 'node:stream'
import { ANY_CONTEXT, Envelope, rawAes } from '@keyhold/client'

const keyring = rawAes({ namespace: 'bench', name: 'key', wrappingKey: new Uint8Array(32).fill(7) })
const envelope = new Envelope({ keyring, signed: false })
const transform =
  process.argv[2] === 'encrypt' ? envelope.encryptStream() : envelope.decryptStream({ expect: ANY_CONTEXT })
const source = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>
await source.pipeThrough(transform).pipeTo(Writable.toWeb(process.stdout) as WritableStream<Uint8Array>)
