import type { Mutant } from '../../tools/testing/mutants/mutant.ts'
import { auditMistakes, auditTests } from './audit-mistakes.ts'

/** Mistakes in writing the audit log: records that are acknowledged and lost, written twice, or not bounded. */
export const auditWritingMutants: readonly Mutant[] = [
  ...auditMistakes(
    'group-commit.ts',
    ['group-commit', 'failures'],
    [
      [
        'a batch that waits is not refused when a write fails',
        'if (this.#forming !== undefined) this.#reject(this.#forming, error)\n      this.#forming = undefined',
        '',
      ],
      [
        'a batch that waits is never answered when a write fails',
        'if (this.#forming !== undefined) this.#reject(this.#forming, error)',
        '',
        { hangsMs: 20_000 },
      ],
      ['a batch that was not written is acknowledged', 'this.#reject(batch, error)', 'batch.resolve()'],
      ['a stream that can be written again stays broken', 'this.#broken = undefined\n      batch', 'batch'],
      ['a broken stream is tried with each record', '< RETRY_AFTER_MS', '< 0'],
      ['a broken stream is tried twice at once', 'this.#broken.triedMs = this.#clock.monotonic()', ''],
      ['a closed log takes records', "if (this.#closed) return 'the audit log is closed'", ''],
      ['a line may be longer than what readers take', 'if (characters > MAX_LINE_CHARACTERS)', 'if (characters < 0)'],
      [
        'one record more than the limit waits',
        'batch.lines.length >= this.#limits.records',
        'batch.lines.length > this.#limits.records',
      ],
      ['any number of characters wait', 'batch.characters + characters > this.#limits.characters', 'false'],
    ],
  ),
  ...auditMistakes(
    'stream-writer.ts',
    ['failures', 'segments', 'power-cut'],
    [
      ['the name of a new segment is not synced', 'await files.syncFolder(join(folder, this.#stream))', ''],
      ['a batch is not synced', "if (this.#options.durability === 'fsync') await segment.file.datasync()", ''],
      ['a batch is synced at the level `write`', "this.#options.durability === 'fsync'", 'true'],
      ['a segment is never full', 'segment.bytes >= this.#options.limits.segmentBytes', 'false'],
      [
        'a segment that failed is written again',
        "await this.#release(segment)\n      await this.#continue('failure', lines)",
        'await this.#writeBatch([], lines)',
      ],
      ['segments of a full disk stay', 'if (this.#segment === undefined) await this.#discard(segment)', ''],
      ['lines of a failed batch stay in the tree', 'const tree = this.#tree.copy()', 'const tree = this.#tree'],
      [
        'each batch overwrites the one before',
        'segment.file.write(bytes, segment.bytes)',
        'segment.file.write(bytes, 0)',
      ],
      ['an opening says another position', 'previous: this.#position,', 'previous: { ...this.#position, bytes: 0 },'],
      ['an opening has no peaks', 'peaks: [...this.#tree.peaks]', 'peaks: []'],
      [
        'a segment too many is kept',
        '(this.#options.limits.keepSegments ?? number)',
        '(this.#options.limits.keepSegments ?? number) - 1',
        { tests: auditTests('unauthenticated') },
      ],
      [
        'segments that were dropped stay',
        'await this.#drop(droppedThrough)',
        '',
        { tests: auditTests('unauthenticated') },
      ],
      [
        'segments are deleted before that is declared',
        'await this.#writeBatch([opening], lines)\n    await this.#drop(droppedThrough)',
        'await this.#drop(droppedThrough)\n    await this.#writeBatch([opening], lines)',
        { tests: auditTests('stream-writer') },
      ],
    ],
  ),
  ...auditMistakes(
    'audit-stream.ts',
    ['failures', 'segments', 'power-cut'],
    [
      ['a stream’s folder is not synced', 'await files.syncFolder(folder)', ''],
      [
        'a stream is begun before the database knows it',
        'await ledger.commit()\n      const streams',
        'const streams',
        { tests: auditTests('failures') },
      ],
      [
        'a stream that could not be ended is taken for ended',
        'this.#ledger.commit(ended)',
        'this.#ledger.commit(true)',
        { tests: auditTests('failures') },
      ],
      ['a stream has no owner', 'await owner.claim(stream)', '', { tests: auditTests('file-owner', 'segments') }],
    ],
  ),
  ...auditMistakes(
    'audit-log.ts',
    ['failures', 'segments', 'power-cut'],
    [
      ['the audit folder is not synced', 'await files.syncFolder(dirname(folder))', ''],
      ['changes go on while records wait', 'this.#relay.requireRoom()', '', { tests: auditTests('relay') }],
      ['what waits is not counted', 'this.#relay.note(entries)', '', { tests: auditTests('relay') }],
      [
        'what a dead process wrote is written again',
        'const alreadyWritten = await findWrittenEvents(dead, await store.pendingAudit(MAX_OUTBOX_ENTRIES))',
        'const alreadyWritten = new Set<string>()',
        { tests: auditTests('relay') },
      ],
      ['the outbox of a dead process waits', 'await log.relay()', '', { tests: auditTests('relay') }],
      ['what waits is not written at the end', 'await this.#relay.retry()', '', { tests: auditTests('relay') }],
    ],
  ),
  ...auditMistakes(
    'relay.ts',
    ['relay'],
    [
      ['each run writes all that waits', 'entries.filter((entry) => !this.#written.has(entry.eventId))', 'entries'],
      [
        'an entry counts as written before it is',
        'await this.#writeLine(line)\n    this.#written.add(eventId)',
        'this.#written.add(eventId)\n    await this.#writeLine(line)',
      ],
      ['a run that failed owes nothing', 'this.#owes = true', ''],
      ['a run that succeeds owes still', 'this.#owes = false', ''],
      ['one page is all', 'if (entries.length < PAGE_ENTRIES) return', 'return'],
      [
        'an outbox that cannot be cleared is read for ever',
        "if (this.#written.size > 0) throw new Error('the audit outbox cannot be cleared')",
        '',
      ],
      ['one entry that is refused leaves others under way', 'Promise.allSettled(entries', 'Promise.all(entries'],
      ['entries leave the outbox and are written again', 'for (const id of ids) this.#written.delete(id)', ''],
    ],
  ),
  ...auditMistakes(
    'backlog.ts',
    ['backlog'],
    [
      ['any number of characters wait', 'if (this.#characters > this.#limits.characters)', 'if (this.#characters < 0)'],
      ['records wait for any time', 'return this.ageMs > this.#limits.ageMs', 'return this.ageMs < 0'],
      ['what was written counts for ever', 'this.#characters -= characters', ''],
      ['what came meanwhile has no age', 'this.#characters === 0 ? undefined : beganMs', 'undefined'],
      ['what was written has an age', 'this.#characters === 0 ? undefined : beganMs', 'beganMs'],
    ],
  ),
  ...auditMistakes(
    'commit-recorded.ts',
    ['commit-recorded'],
    [
      ['a change is made whose record has no room', 'auditor.requireRoom()', ''],
      [
        'a change that is durable is answered as failed',
        ".catch((error: unknown) => logger.error('an audit record waits in the database to be relayed', { error }))",
        '',
      ],
      ['a conflict is answered as a change', 'if (!result.committed) return false', ''],
      ['a change is made without its record', 'records.commit(changes, entries)', 'records.commit(changes, [])'],
    ],
  ),
  ...auditMistakes(
    'outbox-line.ts',
    ['changes'],
    [
      ['a writer of the database gets records signed', "if (!authentic) return 'not authentic'", ''],
      ['any text is signed as a record', 'record.endsWith(END) && isRecordOfForm(Buffer.from(record))', 'true'],
      ['a forged event id is kept whole', 'eventId.slice(0, MAX_EVENT_ID_CHARACTERS)', 'eventId'],
      ['the evidence hashes nothing', 'sha256: sha256(record)', "sha256: sha256('')"],
    ],
  ),
  ...auditMistakes(
    'cap-record.ts',
    ['cap-record'],
    [
      ['nothing is cut', 'if (line.length <= UNQUESTIONED_CHARACTERS) return line', 'return line'],
      [
        'refused requests have as much room as others',
        'decision?.allowed !== true ? REFUSED_LIMITS : LIMITS',
        'decision?.allowed !== true ? LIMITS : LIMITS',
      ],
      ['a member has no limit', 'text.length <= limit.member && whole <= limit.whole', 'whole <= limit.whole'],
      ['the whole has no limit', 'text.length <= limit.member && whole <= limit.whole', 'text.length <= limit.member'],
      ['a message has no limit', 'error.message.length > MAX_MESSAGE_CHARACTERS', 'false'],
      ['what is cut has no hash', 'sha256: sha256(text)', "sha256: sha256('')"],
      [
        'the smallest goes first',
        '.toSorted((a, b) => b.text.length - a.text.length)',
        '.toSorted((a, b) => a.text.length - b.text.length)',
      ],
    ],
  ),
  ...auditMistakes(
    'refusals.ts',
    ['refusals'],
    [
      ['each refusal has a record', 'if (kind !== undefined) {', 'if (false) {'],
      ['one caller has any number of kinds', 'known < this.#limits.ofCaller', 'true'],
      ['there is any number of kinds', 'this.#kinds.size >= this.#limits.inAll', 'false'],
      [
        'counts that cannot be written are lost',
        "this.#keep(records.filter((_, index) => written[index]?.status === 'rejected'))",
        '',
      ],
      [
        'a refusal is answered before its kind is durable',
        'await kind.written\n      return requestId',
        'return requestId',
      ],
      ['sessions of a role are callers of their own', 'caller?.role?.principalId ?? ', ''],
    ],
  ),
  ...auditMistakes(
    'unauthenticated.ts',
    ['unauthenticated'],
    [
      ['each failure has a line', 'if (this.#window.has(kind)) {', 'if (false) {'],
      ['there is any number of kinds', '|| this.#window.size < MAX_KINDS', '|| true'],
      ['a code may be of any length', 'code.slice(0, MAX_CODE_CHARACTERS)', 'code'],
      [
        'a failure that cannot be written is not counted',
        'this.#window.set(kind, merged(this.#window.get(kind), lineOf(kind, failure)))\n      throw error',
        'throw error',
      ],
    ],
  ),
]
