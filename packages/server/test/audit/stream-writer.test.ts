import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { encodeLine } from '../../src/audit/lines.ts'
import { StreamWriter } from '../../src/audit/stream-writer.ts'
import { systemRandom } from '../../src/crypto/random.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { manualClock } from '../support/manual-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { AuditBench, auditKey, recordOf } from './support/audit-bench.ts'
import { WatchedFiles } from './support/watched-files.ts'

test('a segment is deleted once the opening that declares it dropped is durable, in the order of that', async () => {
  await using bench = await AuditBench.create()
  const files = new WatchedFiles()
  const stream = systemRandom.uuid()
  await files.createFolder(join(bench.folder, stream))
  const limits = { segmentBytes: 1, keepSegments: 2 }
  const common = { clock: manualClock(0), logger: silentLogger, signer: auditKey, sha256, files, limits, stream }
  const writer = new StreamWriter({ ...common, folder: bench.folder, kind: 'unauthenticated', durability: 'fsync' })
  await writer.begin({ publicKey: '', predecessors: [] })
  const line = encodeLine('record', recordOf(1))
  await writer.write([line])
  files.calls.length = 0
  await writer.write([line])
  const [three, one] = ['00000003.log', '00000001.log']
  assert.deepEqual(files.calls, [
    'close 00000002.log',
    `create ${three}`,
    `syncFolder ${stream}`,
    `write ${three}`,
    `datasync ${three}`,
    `remove ${one}`,
  ])
  await writer.close()
})
