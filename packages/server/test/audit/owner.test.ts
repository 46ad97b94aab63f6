import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { diskFiles } from '../../src/audit/file-layer.ts'
import { claim, disclaim, hasLiveOwner } from '../../src/audit/owner.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

test('the stream of a running process is neither cut nor succeeded', async () => {
  await using bench = await AuditBench.create()
  const first = await bench.open()
  await first.append(recordOf(1))
  await writeFile(bench.segment(first.stream), 'a batch under way', { flag: 'a' })
  const second = await bench.open()
  assert.match(await readFile(bench.segment(first.stream), 'utf8'), /a batch under way$/)
  const [genesis = ''] = await bench.lines(second.stream)
  assert.match(genesis, /"predecessors":\[\]/)
  await second.close()
  await first.close()
})

test('a process that has ended owns nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-owner-'))
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await claim(diskFiles, folder)
  const owner = JSON.parse(await readFile(join(folder, 'owner.json'), 'utf8')) as object
  assert.equal(await hasLiveOwner(folder), true)
  await writeFile(join(folder, 'owner.json'), JSON.stringify({ pid: child.pid }))
  assert.equal(await hasLiveOwner(folder), true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.equal(await hasLiveOwner(folder), false)
  // The same process id, another start: the id was reused.
  await writeFile(join(folder, 'owner.json'), JSON.stringify({ ...owner, startTicks: '1', bootId: 'another' }))
  assert.equal(await hasLiveOwner(folder), false)
  await disclaim(diskFiles, folder)
  assert.equal(await hasLiveOwner(folder), false)
  await rm(folder, { recursive: true })
})
