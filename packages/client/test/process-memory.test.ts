/** What the memory of a process that has used data keys contains, as in a core dump. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { selfSigned } from '../../../tools/testing/certificate.ts'
import { occurrencesIn, skipsMemory } from '../../../tools/testing/process-memory.ts'
import { folder } from '../../../tools/testing/folder.ts'
import { answer, scriptedServer } from './support/scripted-server.ts'

const CHILD = new URL('children/wait-after-use.ts', import.meta.url).pathname
const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const TIMES = 20

interface Found {
  raw: number
  base64: number
  /** What is no secret, and so is there. */
  arn: number
}

async function foundAfterUse(endpoint: string, dataKey: Buffer, env: NodeJS.ProcessEnv = {}): Promise<Found> {
  const args = ['--conditions=source', '--expose-gc', CHILD, endpoint, KEY_ARN, String(TIMES)]
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  try {
    const said: unknown[] = await Promise.race([once(child.stdout, 'data'), ended])
    assert.equal(String(said[0]), 'collected\n')
    const sought = [dataKey, Buffer.from(dataKey.toString('base64')), Buffer.from(KEY_ARN)]
    const [raw, base64, arn] = occurrencesIn(child.pid!, sought) as [number, number, number]
    return { raw, base64, arn }
  } finally {
    child.stdin.end()
    await ended
  }
}

function answerWith(dataKey: Buffer): ReturnType<typeof answer> {
  const Plaintext = dataKey.toString('base64')
  return answer(200, { KeyId: KEY_ARN, Plaintext, CiphertextBlob: 'c2VhbGVk' })
}

/**
 * Node reads into memory of its own first, and so does OpenSSL, which neither lets be cleared: a last answer stays there
 * until the next one. Of answers that are not wiped more than twenty were found.
 */
const LEFT_BY_OTHERS = 3

function assertWiped({ raw, base64, arn }: Found): void {
  assert.ok(arn > TIMES, `the key's ARN was found ${arn} times: the search is blind`)
  assert.equal(raw, 0)
  assert.ok(base64 <= LEFT_BY_OTHERS, `${base64} copies of the data key in base64`)
}

describe('after use, the memory of the process', { skip: skipsMemory }, () => {
  test('holds no data key, and none in base64 but where others read a last answer', async () => {
    const dataKey = randomBytes(32)
    await using server = await scriptedServer(answerWith(dataKey))
    assertWiped(await foundAfterUse(server.endpoint, dataKey))
  })

  test('neither when the answers come by TLS', async () => {
    const dataKey = randomBytes(32)
    await using files = await folder()
    const { key, certificate } = selfSigned({ names: ['127.0.0.1'] })
    await writeFile(files.path('ca.pem'), certificate)
    const respond = answerWith(dataKey)
    const server = createServer({ key, cert: certificate }, (request, response) => {
      request.resume().on('end', () => respond(response))
    })
    try {
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
      assertWiped(await foundAfterUse(endpoint, dataKey, { NODE_EXTRA_CA_CERTS: files.path('ca.pem') }))
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
