import { test } from 'node:test'
import { killInWriteLoop } from './support/kill.ts'
import { Vault } from './support/vault.ts'

test('kill -9 in a write loop loses nothing acknowledged, neither keys nor records', { timeout: 120_000 }, async () => {
  await using vault = await Vault.create()
  await killInWriteLoop(vault, [400, 900, 650])
})
