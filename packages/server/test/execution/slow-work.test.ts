import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountThreads } from '../../src/crypto/workers/crypto-threads.ts'
import { OTHER_ACCOUNT, rootOf, TestService } from '../support/service.ts'

/** Changes a user of another account again and again. Stops when it is disposed of. */
async function churn(service: TestService): Promise<AsyncDisposable> {
  const root = rootOf(OTHER_ACCOUNT)
  const stopped = new AbortController()
  await service.iam('CreateUser', { UserName: 'busy' }, root)
  const churning = (async () => {
    for (let count = 0; !stopped.signal.aborted; count++) {
      await service.iam('UpdateUser', { UserName: 'busy', NewPath: `/p${count}/` }, root)
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort()
      await churning
    },
  }
}

test('slow work is done once while other accounts change their users, and what was made takes effect', async () => {
  await using service = await TestService.open()
  const { threads } = service.services
  let pairs = 0
  const counting = {
    for(accountId: string): AccountThreads {
      const own = threads.for(accountId)
      return { ...own, generateRsa: (start) => (pairs++, own.generateRsa(start)) }
    },
    close: () => threads.close(),
  }
  Object.assign(service.services, { threads: counting })
  await using _ = await churn(service)
  const { keyId } = await service.createKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  assert.equal(pairs, 1)
  const signing = { KeyId: keyId, SigningAlgorithm: 'RSASSA_PSS_SHA_256' }
  const { Signature } = await service.ok('Sign', { ...signing, Message: 'aGVsbG8=' })
  await service.ok('Verify', { ...signing, Message: 'aGVsbG8=', Signature })
})
