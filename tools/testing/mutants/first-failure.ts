import type { TestEvent } from 'node:test/reporters'
import { endWith } from './plan.ts'

/**
 * A reporter for node's test runner: ends the process at the first failure. It sees those that stop-at-failure.ts does
 * not: a file that cannot be loaded, and a hook that fails.
 */
export default async function* firstFailure(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:fail') continue
    const { name, details } = event.data
    const error = details.error as Error & { failureType?: string }
    if (error.failureType === 'subtestsFailed') continue
    yield `${name}: ${error.message}\n`
    endWith(name, error)
  }
}
