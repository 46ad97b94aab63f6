import type { Mutant } from '../../tools/testing/mutants/mutant.ts'
import { auditMistakes, auditTests } from './audit-mistakes.ts'

/** Mistakes in what verifies the log: changes of it that are not found. */
export const auditVerificationMutants: readonly Mutant[] = [
  ...auditMistakes(
    'layout.ts',
    ['segments', 'layout'],
    [
      ['an opening is for any place', '&& opening.number === number', ''],
      ['an opening is for any stream', 'opening?.stream === stream && ', 'opening !== undefined && '],
      ['a genesis is for any stream', 'if (genesis?.stream === stream)', 'if (genesis !== undefined)'],
      [
        'segments follow each other in a circle',
        'number < opening.number ? found.get(number) : undefined',
        'found.get(number)',
        { hangsMs: 20_000 },
      ],
      ['a missing segment was dropped', 'number <= (last.opening?.droppedThrough ?? 0)', 'true'],
      ['what lies beside the segments is not seen', 'if (number === undefined && ', 'if (false && '],
    ],
  ),
  ...auditMistakes(
    'walk-segment.ts',
    ['tampering', 'format', 'segments', 'verify-stream'],
    [
      [
        'a line may follow the end',
        "if (this.#endSeen) return this.contradict(offset, 'a line follows the end of the stream')",
        '',
      ],
      ['a head may follow a head', "if (this.result.unvouchedLines === 0) return 'a head follows a head'", ''],
      ['a head may count other lines', 'if (head.size !== this.#tree.size)', 'if (head.size < 0)'],
      ['a head may be for other lines', 'return head.root === this.#tree.root() ?', 'return true ?'],
      [
        'a line of another form is vouched for',
        'if (this.#malformed !== undefined) result.malformed ??= this.#malformed',
        '',
      ],
      [
        'a record counts before its head',
        'if (visited !== undefined) this.#examined.push',
        'if (visited !== undefined) this.#options.visit?.(visited, offset)\n    if (false && visited !== undefined) this.#examined.push',
        { tests: auditTests('changes', 'verify-stream') },
      ],
      ['an opening may contradict itself', 'tree.root() === previous.root ? tree : undefined', 'tree'],
    ],
  ),
  ...auditMistakes(
    'verify-tail.ts',
    ['crash', 'verify-tail'],
    [
      [
        'any bytes as long as a declared cut are excused',
        'return sha256((await readFile(segment.path)).subarray(from)) === cut.sha256',
        'return true',
      ],
      [
        'bytes that are longer than the declared cut are excused',
        'cut.bytes !== segment.fileBytes - from',
        'false',
        { tests: auditTests('verify-tail') },
      ],
      [
        'a stream may end before its end',
        'last.fileBytes < final.bytes',
        'false',
        { tests: auditTests('verify-tail') },
      ],
      ['bytes may follow the end', 'segment.fileBytes <= from ||', 'segment.fileBytes >= 0 ||'],
      ['segments may follow the end', 'for (const segment of torn) tails.push({ segment, from: 0 })', ''],
    ],
  ),
  ...auditMistakes(
    'verify-stream.ts',
    ['tampering', 'segments', 'format', 'kept-heads', 'verify-stream'],
    [
      ['any key may sign', 'genesis.publicKey !== this.#options.publicKey', 'false'],
      ['the beginning of requests may be gone', "opening.kind !== 'unauthenticated'", 'false'],
      ['a segment begins anywhere', 'samePosition(previous, this.end) && ', ''],
      ['a segment has any peaks', 'peaks.join() === tree.peaks.join() && ', ''],
      ['a segment is of any level', ' && opening?.durability === beginning?.durability', ''],
      ['a segment is of any kind', 'opening?.kind === beginning?.kind && ', ''],
      ['bytes may follow a full segment', 'this.#checkLength(segment)', ''],
      [
        'bytes must not follow an abandoned segment',
        "if (opening?.reason !== 'full') return",
        'if (opening === undefined) return',
      ],
      [
        'lines that are gone are not missed',
        "if (found === undefined) this.#problem('truncated'",
        "if (false) this.#problem('truncated'",
      ],
      ['lines may be other lines', 'else if (found !== root)', 'else if (false)'],
      [
        'a head that ends the stream may go',
        'if (this.problems.length > 0 || samePosition(this.end, final)) return',
        'return',
      ],
      [
        'a segment may be missing',
        "if (missing !== undefined) this.#problem('missing'",
        "if (false) this.#problem('missing'",
      ],
      ['files may lie beside segments', 'for (const name of strangers)', 'for (const name of strangers.slice(9))'],
      [
        'the database vouches for nothing',
        "if (row?.head !== undefined) yield { ...row.head, witness: 'the database' }",
        '',
      ],
      [
        'a later stream vouches for nothing',
        "for (const pin of pins) yield { ...pin.end, witness: 'a later stream' }",
        '',
      ],
      [
        'a kept head vouches for nothing',
        "if (kept !== undefined) yield { ...kept, witness: 'the head that you kept' }",
        '',
      ],
      [
        'a forged entry is not reported',
        "this.#problem('database', `an entry of the outbox",
        "if (false) this.#problem('database', `an entry of the outbox",
      ],
      ['any number of forged entries is reported', 'if (this.#unverified > MAX_UNVERIFIED) return', ''],
    ],
  ),
  ...auditMistakes(
    'verify-audit.ts',
    ['tampering', 'kept-heads', 'changes', 'crash'],
    [
      [
        'any note is taken',
        'if (isSignedHeads(since, publicKey, { sha256: crypto.sha256, verify })) return heads',
        'return heads',
      ],
      ['the database may go back behind a note', 'this.#kept.sequence > newestNow', 'false'],
      ['damage that was found before is forgotten', 'if (damage !== undefined) this.#add', 'if (false) this.#add'],
      ['streams may be missing', 'this.#add(...missingStreams(streams, allRows, pins, this.#kept), ', 'this.#add('],
      ['rows may be forged', ', ...forgedRows(allRows))', ')'],
      ['streams may be unknown to the database', 'this.#add(...unknownStreams(streams, allRows))', ''],
      ['the index is not looked at', 'if (settled) this.#add(...checkIndex({ index, rows, pins, streamsNow }))', ''],
      [
        'anything may lie in the folder',
        "for (const name of strangers) this.#add({ kind: 'unknown'",
        "for (const name of strangers.slice(9)) this.#add({ kind: 'unknown'",
      ],
      ['the database is not inspected', 'await this.#inspectLedger()', '', { tests: auditTests('verify-stream') }],
      [
        'changes are not counted',
        'if (sequences !== undefined) await this.#checkSequences',
        'if (false) await this.#checkSequences',
      ],
    ],
  ),
  ...auditMistakes(
    'verify-sequences.ts',
    ['changes', 'verify-sequences'],
    [
      ['a database that went back is not found', 'if (this.#highest > newestNow)', 'if (false)'],
      ['entries that do not verify are not reported', 'if (forged > 0)', 'if (false)'],
      ['changes without a record are not reported', 'yield* this.#gaps()', ''],
      [
        'a forged entry counts as a record to come',
        'known.pending.filter(({ authentic }) => authentic)',
        'known.pending',
      ],
      ['an entry that waits is missed', '!this.#has(sequence) && !this.#pending.has(sequence)', '!this.#has(sequence)'],
      ['the first change is not looked at', 'this.#missing({ first: 1, last', 'this.#missing({ first: 2, last'],
      [
        'the newest change is not looked at',
        'sequence <= newest; sequence += 1) {\n      const missing',
        'sequence < newest; sequence += 1) {\n      const missing',
      ],
      ['two changes may have one number', 'if (other === eventId) return undefined', 'return undefined'],
      ['one change may not be recorded twice', 'if (other === eventId) return undefined', ''],
      [
        'any number of ranges is reported',
        'if (ranges > MAX_RANGES) {',
        'if (false) {',
        { tests: auditTests('verify-sequences') },
      ],
      [
        'what was accepted is reported again',
        'sequence <= range.last; sequence += 1',
        'sequence < range.first; sequence += 1',
        { tests: auditTests('losses') },
      ],
    ],
  ),
  ...auditMistakes(
    'verify-losses.ts',
    ['losses'],
    [
      ['losses at the level `fsync` may be accepted', "if (beginningOf(layout)?.durability !== 'write') return", ''],
      [
        'any change of the stream is a loss',
        'offset >= position.bytes',
        'true',
        { tests: auditTests('verify-losses') },
      ],
      [
        'any change of a segment is a loss',
        'segment === position.segment && ',
        '',
        { tests: auditTests('verify-losses') },
      ],
      ['what is left may change after it was accepted', '${sha256(hashes.join())}', ''],
      [
        'any amount is read into memory',
        'if (files.reduce((sum, { fileBytes }) => sum + fileBytes, -bytes) > MAX_TAIL_BYTES) return undefined',
        '',
        { tests: auditTests('verify-losses') },
      ],
    ],
  ),
  ...auditMistakes(
    'accepted-losses.ts',
    ['losses'],
    [
      ['any request accepts losses', '|| operator === undefined', ''],
      ['any operation accepts losses', 'if (!isAcceptance || ', 'if ('],
      ['changes to come are accepted as lost', 'changes.filter(({ last }) => last < sequence)', 'changes'],
      [
        'the change that accepts is accepted as lost',
        'last < sequence',
        'last <= sequence',
        { tests: auditTests('verify-losses') },
      ],
      [
        'all problems may be accepted',
        'problems.filter(({ mayBeLoss }) => mayBeLoss === true)',
        'problems',
        { tests: auditTests('verify-losses') },
      ],
      [
        'any number is accepted at once',
        'changes: changes.slice(0, MAX_LOSSES)',
        'changes',
        { tests: auditTests('verify-losses') },
      ],
    ],
  ),
  ...auditMistakes(
    'verify-index.ts',
    ['verify-index'],
    [
      [
        'the index may be missing',
        "if (counted || rows.size === 0) yield { kind: 'missing'",
        "if (false) yield { kind: 'missing'",
      ],
      [
        'the index may be forged',
        "else if (stored.index === undefined) yield ofIndex('the index of streams is not authentic')",
        'else if (stored.index === undefined) return',
      ],
      ['streams may be fewer than were begun', 'if (streams !== rows.size) yield', 'if (false) yield'],
      [
        'a stream may lose its successor',
        'head === undefined || head.successor !== undefined || Object.hasOwn(tips, stream)',
        'true',
      ],
      [
        'a row may be missing',
        "if (row === undefined) yield { kind: 'missing', stream, message: 'its row in the database is missing' }",
        'if (row === undefined) return',
      ],
      [
        'an older index may be put back',
        "if (head.successor !== undefined) yield ofRow(stream, 'the index is older",
        "if (false) yield ofRow(stream, 'the index is older",
      ],
      [
        'a stream may be opened again',
        'head.ended !== (size !== null) || (size !== null && head.size !== size)',
        'size !== null && head.size !== size',
      ],
      ['a stream may have ended elsewhere', '|| (size !== null && head.size !== size)', ''],
      ['the index may be made again', 'if (earlier.length > 0)', 'if (false)'],
      ['the index may be overtaken', 'if (streams > streamsNow)', 'if (false)'],
      ['a successor need not name it', 'if (pin === undefined) yield', 'if (false) yield'],
      [
        'a successor may say another end',
        'pin.damage === undefined && (pin.end.size !== head.size || pin.end.root !== head.root)',
        'false',
      ],
    ],
  ),
]
