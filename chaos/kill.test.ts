import { test } from 'node:test'
import { killInWriteLoop } from '../packages/server/test/host/assembly/support/kill.ts'
import { Vault } from '../packages/server/test/host/assembly/support/vault.ts'

const ROUNDS = 40

test(`kill -9 in a write loop, ${ROUNDS} times on one folder`, { timeout: 600_000 }, async () => {
  await using vault = await Vault.create()
  // Never the same moment of a batch, a checkpoint or a change of segment.
  await killInWriteLoop(
    vault,
    Array.from({ length: ROUNDS }, () => 100 + Math.random() * 1500),
  )
})
