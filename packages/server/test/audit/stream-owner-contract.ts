import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamOwner } from '../../src/audit/owner.ts'

/** An implementation, with nothing claimed. */
export interface OwnerSubject extends AsyncDisposable {
  owner: StreamOwner
  /** The same claims, as another process sees them. */
  elsewhere: StreamOwner
  /** What has to be there before this stream is claimed. */
  prepare(stream: string): Promise<void>
  /** What makes the stream visible, once it is claimed. */
  publish(stream: string): Promise<void>
  /** Makes a published stream that a process claimed which has been killed. */
  leaveDead(stream: string): Promise<void>
}

const [FIRST, SECOND] = ['5e0f6a1c-0d1c-4d3e-9a55-3a4f7c1b2d01', '5e0f6a1c-0d1c-4d3e-9a55-3a4f7c1b2d02'] as const

/** The contract of StreamOwner, sentence by sentence, for every implementation. */
export function streamOwnerContract(name: string, open: () => Promise<OwnerSubject>): void {
  const claimed = async ({ owner, prepare, publish }: OwnerSubject, stream: string): Promise<void> => {
    await prepare(stream)
    await owner.claim(stream)
    await publish(stream)
  }

  test(`${name}: a stream that nothing has claimed has no owner`, async () => {
    await using subject = await open()
    assert.equal(await subject.owner.isAlive(FIRST), false)
    await subject.prepare(FIRST)
    await subject.publish(FIRST)
    assert.equal(await subject.owner.isAlive(FIRST), false)
  })

  test(`${name}: a claim is known to every process, and is of one stream alone`, async () => {
    await using subject = await open()
    await claimed(subject, FIRST)
    await subject.prepare(SECOND)
    await subject.publish(SECOND)
    for (const owner of [subject.owner, subject.elsewhere]) {
      assert.equal(await owner.isAlive(FIRST), true)
      assert.equal(await owner.isAlive(SECOND), false)
    }
  })

  test(`${name}: a claim ends when it is released, by its owner or by another, once or twice`, async () => {
    await using subject = await open()
    await claimed(subject, FIRST)
    await claimed(subject, SECOND)
    for (const owner of [subject.elsewhere, subject.owner, subject.owner]) {
      await owner.release(FIRST)
      assert.equal(await owner.isAlive(FIRST), false)
    }
    assert.equal(await subject.owner.isAlive(SECOND), true)
  })

  test(`${name}: a claim ends with its process, and can be released then`, async () => {
    await using subject = await open()
    await subject.leaveDead(FIRST)
    assert.equal(await subject.owner.isAlive(FIRST), false)
    await subject.owner.release(FIRST)
    assert.equal(await subject.owner.isAlive(FIRST), false)
  })

  test(`${name}: a claim that cannot be written is refused, and is none`, async () => {
    await using subject = await open()
    await assert.rejects(subject.owner.claim(FIRST))
    assert.equal(await subject.owner.isAlive(FIRST), false)
  })
}
