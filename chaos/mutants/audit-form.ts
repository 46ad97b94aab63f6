import type { Mutant } from '../../tools/testing/mutants/mutant.ts'
import { auditMistakes } from './audit-mistakes.ts'

/** Mistakes in the log's form: trees, heads and lines, as they are written and read. */
export const auditFormMutants: readonly Mutant[] = [
  ...auditMistakes(
    'merkle.ts',
    ['merkle'],
    [
      ['a leaf is hashed as an interior node', 'sha256(`\\0${line}`)', 'sha256(`\\x01${line}`)'],
      ['a leaf has no prefix', 'sha256(`\\0${line}`)', 'sha256(line)'],
      ['bytes are hashed as an interior node', 'leaf[0] = 0', 'leaf[0] = 1'],
      [
        'an interior node is hashed as a leaf',
        'Buffer.alloc(1 + 2 * HASH_BYTES, 1)',
        'Buffer.alloc(1 + 2 * HASH_BYTES, 0)',
      ],
      ['any peaks make a tree', 'if (peaks.length !== bitsSet(size))', 'if (peaks.length < 0)'],
      ['a copy follows the original', 'this.#peaks = [...peaks]', 'this.#peaks = peaks as string[]'],
    ],
  ),
  ...auditMistakes(
    'head.ts',
    ['head'],
    [
      ['a head is for any stream', '`keyhold/audit/${stream}\\n${size}', '`keyhold/audit/\\n${size}'],
      ['a head’s size is not signed', '${stream}\\n${size}\\n', '${stream}\\n\\n'],
      ['a head’s root is not signed', "Buffer.from(root, 'hex').toString('base64')}\\ntime", "''}\\ntime"],
      ['a head’s time is not signed', '\\ntime ${timeMs}\\n', '\\ntime\\n'],
      ['any signature is valid', 'verify(signedBytes(stream, head), signature) ? head : undefined', 'head'],
      ['a head has several spellings', "encodeHead(head, signature.toString('base64')) !== line", 'false'],
    ],
  ),
  ...auditMistakes(
    'signed-note.ts',
    ['kept-heads'],
    [
      [
        'any signature of a note is valid',
        'verify(Buffer.from(note.slice(0, end)), signature.subarray(KEY_ID_BYTES))',
        'true',
      ],
      [
        'the key’s id is not looked at',
        'signature.subarray(0, KEY_ID_BYTES).equals(keyId(name, publicKey, sha256)) &&',
        '',
      ],
    ],
  ),
  ...auditMistakes(
    'kept-heads.ts',
    ['kept-heads'],
    [
      ['a note names any number of streams', 'lines.length <= MAX_STREAMS &&', ''],
      ['a note has several spellings', 'whole && note.startsWith', 'true || note.startsWith'],
    ],
  ),
  ...auditMistakes(
    'lines.ts',
    ['format'],
    [['half a surrogate pair is written', 'text.includes(LONE_SURROGATE) ?', 'false ?']],
  ),
  ...auditMistakes(
    'parse-line.ts',
    ['format', 'parse-line'],
    [
      ['a line may have two members', 'isObject(body) && others.length === 0', 'isObject(body)'],
      ['a segment may begin with any line', 'return opens === isFirstOfSegment ?', 'return true ?'],
      [
        'an entry of the outbox chooses its number',
        'record !== undefined && record.sequence === undefined',
        'record !== undefined',
      ],
      ['a genesis of any version is read', 'body.version !== 1 ||', ''],
      ['a genesis names any number of streams', 'body.predecessors.length <= MAX_PREDECESSORS &&', ''],
      [
        'counts may be negative',
        'Number.isSafeInteger(value) && (value as number) >= 0',
        'Number.isSafeInteger(value)',
      ],
      ['a hash may have any form', '/^[0-9a-f]{64}$/.test(value)', 'true'],
      ['an opening may have any reason', "(body.reason === 'full' || body.reason === 'failure') &&", ''],
      ['a cut need not have a hash', 'isCount(value.bytes) && isHash(value.sha256)\n', 'isCount(value.bytes)\n'],
    ],
  ),
  ...auditMistakes(
    'read-lines.ts',
    ['read-lines'],
    [
      ['a torn line is whole', 'offset: start, complete: false', 'offset: start, complete: true'],
      ['a line may be of any length', 'if (held > MAX_LINE_BYTES)', 'if (held < 0)'],
      [
        'a file is read beyond its end',
        'Math.min(buffer.byteLength - held, end - start - held)',
        'buffer.byteLength - held',
      ],
      ['offsets begin again with each read', 'start += rest', 'start = rest'],
    ],
  ),
]
