import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'
import { FAILURE, type Failure, planOfProcess } from './plan.ts'

/** A reporter for node's test runner: writes down the first failure and ends the process. One is enough. */
export default async function* firstFailure(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:fail') continue
    const { name, details, todo } = event.data
    const error = details.error as Error & { code?: string; failureType?: string }
    if (error.failureType === 'subtestsFailed' || todo !== undefined) continue
    const reason = error.cause instanceof Error ? error.cause.message : inspect(error.cause ?? error.message)
    const failure: Failure = { test: name, ran: error.code === 'ERR_TEST_FAILURE', reason }
    writeFileSync(join(planOfProcess().folder, FAILURE), JSON.stringify(failure))
    yield `${name}: ${reason}\n`
    process.exit(1)
  }
}
