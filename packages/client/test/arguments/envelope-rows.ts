/** What is done with messages. */
import { Buffer } from 'node:buffer'
import * as client from '../../src/index.ts'
import { pattern } from '../support/messages.ts'
import { cache, encrypting, envelope, expect, keyring, limits, message, source, target, files } from './world.ts'
import {
  NOT_BYTES,
  bytes,
  flag,
  isRequired,
  made,
  of,
  options,
  pairs,
  row,
  signal,
  texts,
  value,
  whole,
  NO_NUMBERS,
  NO_PAIRS,
  but,
} from './values.ts'
import type { Row } from './values.ts'

const EXACT_FRAMES = value(64, [...NO_NUMBERS, 0, 1.5, Number.POSITIVE_INFINITY, 2 ** 32])
export const ENVELOPE_ROWS: Readonly<Record<string, Row>> = {
  Envelope: made(
    client.Envelope,
    isRequired(
      options({
        keyring,
        signed: flag(true),
        cache,
        requiredContext: texts(['path']),
        frameLength: EXACT_FRAMES,
        suite: value('AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384', [null, 7, '', 'ROT13', {}]),
        commitmentPolicy: value('REQUIRE_ENCRYPT_ALLOW_DECRYPT', [null, 7, '', 'NONE', {}]),
        limits: options(limits),
      }),
    ),
  ),
  'Envelope.encrypt': of(envelope, 'encrypt', bytes(9), options({ ...encrypting, plaintextBytes: whole(9) })),
  'Envelope.decrypt': of(envelope, 'decrypt', value(message, NOT_BYTES), isRequired(options({ expect, signal }))),
  'Envelope.encryptStream': of(envelope, 'encryptStream', options({ ...encrypting, plaintextBytes: whole(9) })),
  'Envelope.encryptText': of(
    envelope,
    'encryptText',
    isRequired(value('text', [null, 7, {}, pattern(2), '\ud800'])),
    options(encrypting),
  ),
  'Envelope.decryptText': of(
    envelope,
    'decryptText',
    isRequired(value(Buffer.from(message).toString('base64'), [null, 7, {}, message])),
    isRequired(options({ expect, signal })),
  ),
  'Envelope.decryptStream': of(envelope, 'decryptStream', isRequired(options({ expect, signal }))),
  'Envelope.decryptStreamUnverified': of(envelope, 'decryptStreamUnverified', isRequired(options({ expect, signal }))),
  'Envelope.encryptFile': of(
    envelope,
    'encryptFile',
    source,
    target,
    options({ ...encrypting, ...files, plaintextBytes: whole(999) }),
  ),
  'Envelope.decryptFile': of(
    envelope,
    'decryptFile',
    source,
    target,
    isRequired(
      options({ ...files, signal, expect: value({}, expect.wrong), releaseUnverified: flag(true), sparse: flag(true) }),
    ),
  ),
  'Envelope.rewrapFile': of(
    envelope,
    'rewrapFile',
    source,
    target,
    isRequired(
      options({
        ...files,
        signal,
        expect: value({}, expect.wrong),
        context: pairs,
        onNotKept: but(() => undefined, 'function'),
        from: value(envelope, [null, 7, {}]),
      }),
    ),
  ),
  readUnverifiedHeader: row(
    client.readUnverifiedHeader,
    value([message], [...NO_PAIRS.filter((one) => !Array.isArray(one)), undefined, ['text'], [7], 'text', message]),
    options(limits),
  ),
}
