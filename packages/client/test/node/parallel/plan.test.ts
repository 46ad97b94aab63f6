import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { COMMITTED } from '../../../src/message/suites.ts'
import { batchCount, batchOf, planForBody, planForPlaintext } from '../../../src/node/parallel/plan.ts'

const sizes = fc.integer({ min: 0, max: 2 ** 33 })
const frameLengths = fc.oneof(fc.integer({ min: 1, max: 2 ** 22 }), fc.constantFrom(4096, 65_536, 2 ** 20))

test('batches follow each other without gaps, in the message and in the plaintext', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 24 }), fc.integer({ min: 1000, max: 2 ** 22 }), (size, frameLength) => {
      const plan = planForPlaintext(size, frameLength, 100)
      const batches = Array.from({ length: batchCount(plan) }, (_, index) => batchOf(plan, index, COMMITTED))
      let [frame, plaintext, message] = [1, 0, 100]
      for (const [index, batch] of batches.entries()) {
        assert.deepEqual([batch.firstFrame, batch.plaintextStart, batch.messageStart], [frame, plaintext, message])
        assert.equal(batch.hasFinal, index === batches.length - 1)
        frame += batch.frames
        plaintext += batch.plaintextBytes
        message += batch.messageBytes
      }
      assert.deepEqual([frame - 1, plaintext], [plan.frames, size])
      assert.equal(message, 100 + size + (plan.frames - 1) * 32 + 40)
    }),
  )
})

test('the plan of a body is that of its plaintext', () => {
  fc.assert(
    fc.property(sizes, frameLengths, (size, frameLength) => {
      const plan = planForPlaintext(size, frameLength, 7)
      assert.ok(plan.lastLength <= frameLength && plan.lastLength >= 0)
      const body = size + (plan.frames - 1) * 32 + 40
      assert.deepEqual(planForBody(body, frameLength, 7, COMMITTED), plan)
    }),
  )
})

test('a body in which no whole number of frames fits has no plan', () => {
  const frameLength = 4096
  const body = 10 * (frameLength + 32) + 40 + frameLength // ten frames, and a final one that is full
  assert.equal(planForBody(body, frameLength, 0, COMMITTED)?.frames, 11)
  for (let excess = 1; excess < 32; excess++) {
    assert.equal(planForBody(body + excess, frameLength, 0, COMMITTED), undefined)
  }
  assert.equal(planForBody(body + 32, frameLength, 0, COMMITTED)?.lastLength, 0)
  assert.equal(planForBody(39, frameLength, 0, COMMITTED), undefined)
})
