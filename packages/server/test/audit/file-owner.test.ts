import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { diskFiles } from '../../src/audit/file-layer.ts'
import { fileOwner } from '../../src/audit/file-owner.ts'
import { type OwnerSubject, streamOwnerContract } from './stream-owner-contract.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

const STREAM = '5e0f6a1c-0d1c-4d3e-9a55-3a4f7c1b2d03'

async function open(): Promise<OwnerSubject & { folder: string; ownerFile(stream: string): string }> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-owner-'))
  const prepare = (stream: string): Promise<void> => mkdir(join(folder, `.${stream}`))
  const publish = (stream: string): Promise<void> => rename(join(folder, `.${stream}`), join(folder, stream))
  const ownerFile = (stream: string): string => join(folder, stream, 'owner.json')
  return {
    folder,
    owner: fileOwner(folder, diskFiles),
    elsewhere: fileOwner(folder, diskFiles),
    prepare,
    publish,
    ownerFile,
    async leaveDead(stream) {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
      await mkdir(join(folder, stream))
      await writeFile(ownerFile(stream), JSON.stringify({ pid: child.pid }))
      assert.equal(await fileOwner(folder, diskFiles).isAlive(stream), true)
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

streamOwnerContract('owner.json', open)

test('a reused process id owns nothing', { skip: process.platform !== 'linux' }, async () => {
  await using subject = await open()
  await subject.prepare(STREAM)
  await subject.owner.claim(STREAM)
  await subject.publish(STREAM)
  const owner = JSON.parse(await readFile(subject.ownerFile(STREAM), 'utf8')) as object
  for (const other of [{ startTicks: '1' }, { bootId: 'another' }]) {
    await writeFile(subject.ownerFile(STREAM), JSON.stringify({ ...owner, ...other }))
    assert.equal(await subject.owner.isAlive(STREAM), false)
  }
})

test('an owner file that is torn by a crash, or has other content, names no owner', async () => {
  await using subject = await open()
  await mkdir(join(subject.folder, STREAM))
  for (const text of ['', '{"pid":', 'null', '{"pid":"1"}', '[]']) {
    await writeFile(subject.ownerFile(STREAM), text)
    assert.equal(await subject.owner.isAlive(STREAM), false, text)
  }
})

test('the stream of a running process is neither cut nor succeeded', async () => {
  await using bench = await AuditBench.create()
  const first = await bench.open()
  await first.record(recordOf(1))
  await writeFile(bench.segment(first.stream), 'a batch under way', { flag: 'a' })
  const second = await bench.open()
  assert.match(await readFile(bench.segment(first.stream), 'utf8'), /a batch under way$/)
  const [genesis = ''] = await bench.lines(second.stream)
  assert.match(genesis, /"predecessors":\[\]/)
  await second.close()
  await first.close()
})

test("only the port decides whether a stream's owner is alive: not the files, nor this machine", async () => {
  await using bench = await AuditBench.create()
  const first = await bench.open()
  await first.record(recordOf(1))
  await using crashed = await bench.afterCrash()
  await writeFile(crashed.segment(first.stream), 'a batch under way', { flag: 'a' })
  const claims = new Set<string>([first.stream])
  const owner = {
    claim: async (stream: string) => void claims.add(stream),
    isAlive: async (stream: string) => claims.has(stream),
    release: async (stream: string) => void claims.delete(stream),
  }
  const second = await crashed.open({ owner })
  assert.ok(claims.has(second.stream))
  assert.match(await readFile(crashed.segment(first.stream), 'utf8'), /a batch under way$/)
  claims.delete(first.stream)
  const third = await crashed.open({ owner })
  assert.doesNotMatch(await readFile(crashed.segment(first.stream), 'utf8'), /a batch under way$/)
  await third.close()
  await second.close()
  assert.deepEqual([...claims], [])
  await first.close()
})
