import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamOwner } from '../../src/audit/owner.ts'

/** An implementation without any claims. */
export interface OwnerSubject extends AsyncDisposable {
  owner: StreamOwner
  /** The same claims, as another process sees them. */
  elsewhere: StreamOwner
  /** Prepares what a claim of this stream needs. */
  prepare(stream: string): Promise<void>
  /** Makes the claimed stream visible. */
  publish(stream: string): Promise<void>
  /** Creates a published stream that a killed process had claimed. */
  leaveDead(stream: string): Promise<void>
}

const [FIRST, SECOND] = ['5e0f6a1c-0d1c-4d3e-9a55-3a4f7c1b2d01', '5e0f6a1c-0d1c-4d3e-9a55-3a4f7c1b2d02'] as const

/** The contract of StreamOwner, for every implementation. */
export function streamOwnerContract(name: string, open: () => Promise<OwnerSubject>): void {
  const claimed = async ({ owner, prepare, publish }: OwnerSubject, stream: string): Promise<void> => {
    await prepare(stream)
    await owner.claim(stream)
    await publish(stream)
  }

  test(`${name}: an unclaimed stream has no owner`, async () => {
    await using subject = await open()
    assert.equal(await subject.owner.isAlive(FIRST), false)
    await subject.prepare(FIRST)
    await subject.publish(FIRST)
    assert.equal(await subject.owner.isAlive(FIRST), false)
  })

  test(`${name}: a claim is visible to every process, and applies to one stream only`, async () => {
    await using subject = await open()
    await claimed(subject, FIRST)
    await subject.prepare(SECOND)
    await subject.publish(SECOND)
    for (const owner of [subject.owner, subject.elsewhere]) {
      assert.equal(await owner.isAlive(FIRST), true)
      assert.equal(await owner.isAlive(SECOND), false)
    }
  })

  test(`${name}: a claim ends when its owner or another process releases it, once or twice`, async () => {
    await using subject = await open()
    await claimed(subject, FIRST)
    await claimed(subject, SECOND)
    for (const owner of [subject.elsewhere, subject.owner, subject.owner]) {
      await owner.release(FIRST)
      assert.equal(await owner.isAlive(FIRST), false)
    }
    assert.equal(await subject.owner.isAlive(SECOND), true)
  })

  test(`${name}: a claim ends with its process, and can then be released`, async () => {
    await using subject = await open()
    await subject.leaveDead(FIRST)
    assert.equal(await subject.owner.isAlive(FIRST), false)
    await subject.owner.release(FIRST)
    assert.equal(await subject.owner.isAlive(FIRST), false)
  })

  test(`${name}: a claim that cannot be written fails, and does not exist`, async () => {
    await using subject = await open()
    await assert.rejects(subject.owner.claim(FIRST))
    assert.equal(await subject.owner.isAlive(FIRST), false)
  })
}
