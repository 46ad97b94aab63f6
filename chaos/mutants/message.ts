import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const inFile = mistakesIn('packages/client/src/message', ['packages/client/test/message'])

/** Mistakes in the message format: messages that others cannot read, or that a reader takes for authentic or for smaller. */
export const messageMutants: readonly Mutant[] = [
  ...inFile('header.ts', [
    [
      'a header of version 2 has a type',
      'if (suite.messageVersion === 1) writer.uint8(TYPE)',
      'writer.uint8(TYPE)',
      { tests: ['packages/client/test/message/header.test.ts'] },
    ],
    ['the reserved field may be anything', 'if (reader.uint32() !== 0)', 'if (reader.uint32() < 0)'],
    ['the length of IVs may be any', 'if (found !== ivBytes)', 'if (found < 0)'],
    ['a suite goes with any version', 'suite?.messageVersion === version', 'suite !== undefined'],
    ['the type may be any', 'if (type !== TYPE)', 'if (type < 0)'],
    ['a message needs no data key', 'if (count === 0)', 'if (count < 0)'],
    ['one data key more than the limit is read', 'count > maxEncryptedDataKeys', 'count > maxEncryptedDataKeys + 1'],
    ['one data key less is read', 'count > maxEncryptedDataKeys', 'count >= maxEncryptedDataKeys'],
    ['frames may have no length', "(frameLength === 0) !== (contentType === 'unframed')", 'false'],
    ['frames of just the limit are refused', 'frameLength <= maxFrameLength', 'frameLength < maxFrameLength'],
    ['frames have no limit', 'if (frameLength <= maxFrameLength) return', 'return'],
    ['an unknown content type is frames', 'if (byte === FRAMED)', 'if (byte !== UNFRAMED)'],
    ['the tag is part of what it is over', 'const body = bytes.subarray(0, reader.end)', 'const body = bytes'],
    ['providers need not be UTF-8', 'fatal: true', 'fatal: false'],
  ]),
  ...inFile('encrypted-data-keys.ts', [
    ['a field of 65,535 bytes is refused', 'if (bytes > MAX_UINT16)', 'if (bytes >= MAX_UINT16)'],
    ['a field of 65,536 bytes loses its length', 'if (bytes > MAX_UINT16)', 'if (bytes > MAX_UINT16 + 1)'],
    [
      'the length of a provider is not looked at',
      'requireField(writer.prefixedText(providerId))',
      'writer.prefixedText(providerId)',
    ],
    ['no data key is written', 'keys.length === 0 || ', ''],
    ['65,535 data keys are refused', 'keys.length > MAX_UINT16', 'keys.length >= MAX_UINT16'],
  ]),
  ...inFile('body.ts', [
    [
      'a final frame may be any frame',
      'isFinal ? offset + 4 : offset), sequence)',
      'isFinal ? offset + 4 : offset), readUint32(bytes, isFinal ? offset + 4 : offset))',
    ],
    ['frames may come in any order', 'if (found !== sequence)', 'if (found < 0)'],
    ['a final frame may be longer than a frame', 'if (length > frameLength)', 'if (length < 0)'],
    ['a final frame of full length is refused', 'if (length > frameLength)', 'if (length >= frameLength)'],
    [
      'the final frame is bound as a regular one',
      "'AWSKMSEncryptionClient Final Frame'",
      "'AWSKMSEncryptionClient Frame'",
    ],
    ['a frame is not bound to its message', 'aad.set(messageId)', 'aad.set(messageId.subarray(0, 0))'],
    [
      'a frame is not bound to its place',
      'writeUint32(aad, aad.length - 12, sequence)',
      'writeUint32(aad, aad.length - 12, 0)',
    ],
    [
      'a frame is not bound to its length',
      'writeUint32(aad, aad.length - 4, content.length)',
      'writeUint32(aad, aad.length - 4, 0)',
    ],
    ['one frame more than there are numbers', 'sequence > MAX_FRAMES', 'sequence > MAX_FRAMES + 1'],
    ['all frames have one IV', 'writeUint32(iv, suite.ivBytes - 4, sequence)', 'writeUint32(iv, suite.ivBytes - 4, 1)'],
    ['a block of any length is held in memory', 'if (length > maxLength)', 'if (length < 0)'],
    ['the length of a block has four bytes', 'readUint32(bytes, start - 8) * 2 ** 32', '0'],
  ]),
  ...inFile('kdf.ts', [
    ['the key is derived without a salt', 'isCommitting(suite) ? messageId : NO_SALT', 'NO_SALT'],
    ['version 1 has a salt', 'isCommitting(suite) ? messageId : NO_SALT', 'messageId'],
    ['key and commitment are derived alike', "encode('COMMITKEY')", "encode('DERIVEKEY')"],
    ['the key is not bound to the suite', 'concat([uint16(suite.id), DERIVE_LABEL])', 'DERIVE_LABEL'],
    ['in version 1 it is not bound to the message', '?? concat([uint16(suite.id), messageId])', '?? uint16(suite.id)'],
  ]),
  ...inFile('message-key.ts', [
    [
      'a data key of another length is taken',
      'if (dataKey.byteLength !== dataKeyBytes)',
      'if (dataKey.byteLength < 1)',
    ],
    [
      'pairs that are not stored are not authenticated',
      'unstored.length === 0 ? headerBody',
      'unstored.length >= 0 ? headerBody',
    ],
    ['any tag of a header verifies', 'opened !== undefined', 'true'],
  ]),
  ...inFile('commitment-policy.ts', [
    ['uncommitted messages are read', 'if (isCommitting(suite) || rulesOf(policy).readsUncommitted) return', 'return'],
    ['a policy forbids nothing to be written', 'if (isCommitting(suite) !== writesCommitment)', 'if (false)'],
    ['a data key is used for messages itself', 'if (suite.kdfHash === undefined)', 'if (false)'],
    ['what is written is not signed', 'signed ?? true', 'signed ?? false'],
    ['names of every object are policies', 'if (Object.hasOwn(POLICIES, policy)) return', 'return'],
  ]),
  ...inFile('context.ts', [
    ['no pairs are some bytes', 'if (names.length === 0) return NOTHING', ''],
    ['pairs are in the order they are given in', 'names.sort(byUtf8)', 'names.slice()'],
    [
      'a context of 65,535 bytes is refused',
      'if (serialized.length > MAX_UINT16)',
      'if (serialized.length >= MAX_UINT16)',
    ],
    ['a longer context loses its length', 'if (serialized.length > MAX_UINT16)', 'if (serialized.length < 0)'],
    ['a name may occur twice', 'if (name in context)', 'if (false)'],
    ['bytes may follow the pairs', 'if (offset !== bytes.length)', 'if (false)'],
    ['a required pair need not be known', 'expected === ANY_CONTEXT || !Object.hasOwn(expected, name)', 'false'],
    ['what is expected is not compared', 'if (problems.length === 0) return', 'return'],
  ]),
  ...inFile('frame-ivs.ts', [
    ['an IV may end in any number', '!== sequence)', '< 0)'],
    [
      'IVs may begin differently',
      'if (this.#fixedField.every((byte, index) => byte === fixedField[index])) return',
      'return',
    ],
    ['version 1 is held to the form of version 2', 'if (messageVersion === 1) return', ''],
  ]),
  ...inFile('suites.ts', [
    [
      'a key is derived with another hash',
      "dataKeyBytes: 32, kdfHash: 'sha512'",
      "dataKeyBytes: 32, kdfHash: 'sha384'",
    ],
    ['every suite commits', 'suite.commitmentBytes > 0', 'suite.commitmentBytes >= 0'],
    ['no suite commits', 'messageIdBytes: 32, commitmentBytes: 32', 'messageIdBytes: 32, commitmentBytes: 0'],
    ['a suite has the id of another', 'committing(0x0478, ', 'committing(0x0479, '],
    ['a suite signs with another hash', "curve: 'P-384', hash: 'sha384'", "curve: 'P-384', hash: 'sha256'"],
    ['a suite has another key length', "'AES_192_GCM_IV12_TAG16_NO_KDF', 24", "'AES_192_GCM_IV12_TAG16_NO_KDF', 32"],
  ]),
  ...inFile('header-reader.ts', [
    ['a header of just the limit is refused', 'headerBytes <= maxHeaderBytes', 'headerBytes < maxHeaderBytes'],
    ['a header has no limit', 'if (headerBytes <= maxHeaderBytes) return', 'return'],
    ['a header is read whole before its length is known', 'this.#requireAllowed(error.needs)', ''],
    [
      'what follows the header is lost',
      'chunk.subarray(read.serialized.length - earlierBytes)',
      'chunk.subarray(read.serialized.length)',
    ],
  ]),
  ...inFile('base64.ts', [
    ['a text may have several spellings', 'encodeBase64(bytes) === text ? bytes : undefined', 'bytes'],
    ['a text may be cut', ' || text.length % 4 !== 0', ''],
  ]),
]
