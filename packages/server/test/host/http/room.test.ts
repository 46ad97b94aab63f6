import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roomForConnections } from '../../../src/host/http/room.ts'

const limitedTo = (soft: number | string): object => ({ userLimits: { open_files: { soft, hard: soft } } })

test('connections leave files for everything else, where the system has few', () => {
  assert.equal(roomForConnections(limitedTo(1024)), 768)
  assert.equal(roomForConnections(limitedTo(100)), 64)
  assert.equal(roomForConnections(limitedTo(1_048_576)), 10_000)
})

test('without a limit, and where the system tells none, there is the usual room', () => {
  assert.equal(roomForConnections(limitedTo('unlimited')), 10_000)
  assert.equal(roomForConnections({}), 10_000)
})

test('this process is told a limit, or none, within the usual room', () => {
  const room = roomForConnections()
  assert.ok(room >= 64 && room <= 10_000, String(room))
})
