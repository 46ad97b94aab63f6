import type { Mutant } from '../../tools/testing/mutants/mutant.ts'
import { auditMistakes, auditTests } from './audit-mistakes.ts'

/** Mistakes in what ends the streams of dead processes, and in the database's rows about streams. */
export const auditSuccessionMutants: readonly Mutant[] = [
  ...auditMistakes(
    'predecessors.ts',
    ['crash', 'file-owner'],
    [
      ['a stream that is being written is cut', 'if (await options.owner.isAlive(stream)) continue', ''],
      [
        'one genesis names any number of streams',
        'if (dead.length === MAX_PREDECESSORS) break',
        '',
        { tests: auditTests('succession') },
      ],
      ['a stream has two successors', '|| row?.head?.successor !== undefined', ''],
      ['lines that were changed are taken for a torn batch', 'walk.strayHeads > 1', 'walk.strayHeads > 9'],
      ['one head behind a contradiction is tampering', 'walk.strayHeads > 1', 'walk.strayHeads > 0'],
      [
        'what a power cut tore at the level `write` is tampering',
        "(durability === 'fsync' || !inDatabase)",
        'true',
        { tests: auditTests('succession') },
      ],
      [
        'what was changed in an unknown stream is a torn batch',
        "(durability === 'fsync' || !inDatabase)",
        "durability === 'fsync'",
        { tests: auditTests('succession') },
      ],
      [
        'evidence is cut',
        '{ stream, end, cuts: [], damage: reason }',
        '{ stream, end, cuts, damage: reason }',
        { tests: auditTests('succession') },
      ],
      [
        'what the index objects to is cut',
        'predecessor: { ...stream.predecessor, cuts: [], damage: objection }',
        'predecessor: { ...stream.predecessor, damage: objection }',
        { tests: auditTests('succession') },
      ],
      [
        'a stream that was closed may be longer or shorter',
        'last.fileBytes === bytes && ',
        '',
        { tests: auditTests('succession') },
      ],
      [
        'segments may follow the end of a closed stream',
        ' && torn.length === 0',
        '',
        { tests: auditTests('succession') },
      ],
      ['a loss that the database knows of is no damage', 'return lost > 0 ?', 'return lost < 0 ?'],
      [
        'a row that is not authentic is believed',
        "if (row.head === undefined) return 'its row in the database is not authentic'",
        'if (row.head === undefined) return undefined',
        { tests: auditTests('succession') },
      ],
      [
        'any amount is read into memory',
        'fileBytes > MAX_SEGMENT_FILE_BYTES',
        'false',
        { tests: auditTests('succession') },
      ],
      ['the hash of a cut is of the whole file', '(await readFile(path)).subarray(offset)', 'await readFile(path)'],
    ],
  ),
  ...auditMistakes(
    'succession.ts',
    ['crash'],
    [
      ['nothing is cut', 'await cutTail(stream, options)', ''],
      ['a dead stream is not ended', 'await link(stream, options)', '', { tests: auditTests('succession') }],
      [
        'a row that is not authentic is written over',
        'if (row !== undefined && row.head === undefined) return',
        '',
        { tests: auditTests('succession') },
      ],
      [
        'a damaged stream forgets what there was',
        'predecessor.damage === undefined ? found : { ...found, ...row?.head }',
        'found',
        { tests: auditTests('succession') },
      ],
    ],
  ),
  ...auditMistakes(
    'find-events.ts',
    ['find-events', 'relay'],
    [
      ['a forged entry counts as written', 'outbox.filter(({ authentic }) => authentic)', 'outbox'],
      [
        'a record without its number counts',
        'sequence !== undefined && wanted.get(eventId) === sequence',
        'wanted.has(eventId)',
      ],
      ['only the newest segment is looked at', 'if (startOf(segment) < oldestMs - CLOCK_MARGIN_MS) break', 'break'],
      ['the clock never jumps back', 'oldestMs - CLOCK_MARGIN_MS', 'oldestMs'],
      ['what is behind the end counts', 'segment.number === last ? { ...segment, end: bytes } : segment', 'segment'],
    ],
  ),
  ...auditMistakes(
    'head-rows.ts',
    ['head-rows'],
    [
      ['a stream that begins is not counted', 'streams + (version === 0 ? 1 : 0)', 'streams'],
      ['a stream that ends is counted again', 'streams + (version === 0 ? 1 : 0)', 'streams + 1'],
      [
        'the index does not say where streams end',
        'if (version === 0 || head.ended) await',
        'if (version === 0) await',
      ],
      ['a forged index is replaced', 'if (stored !== undefined && stored.index === undefined) return\n', ''],
      [
        'a conflict of the index is one of the row',
        'if (result.conflict.id !== INDEX.name) return false',
        'return false',
      ],
      ['a successor leaves the stream in the index', 'head.successor === undefined ? { [stream]', 'true ? { [stream]'],
      ['the index and the rows are of two moments', 'if (now?.version === index?.version)', 'if (true)'],
    ],
  ),
  ...auditMistakes(
    'head-ledger.ts',
    ['head-ledger'],
    [
      ['the row is written once', 'this.#version += 1', ''],
      [
        'the row does not follow the file',
        'if (this.#running !== undefined || position() === this.#committed) return',
        'return',
      ],
      [
        'a stream that ended is not ended in the database',
        'const head = { kind, ...reached, ended }',
        'const head = { kind, ...reached, ended: false }',
      ],
    ],
  ),
]
