import type { TestEvent } from 'node:test/reporters'

/** A reporter for node's test runner: the name of each file that registers no test, one a line. */
export default async function* filesWithoutTests(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let tests = 0
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { details, name, nesting, skip } = event.data
    // The tests of a suite that is skipped are never registered.
    if (details.type !== 'suite' || skip !== undefined) tests += 1
    else if (nesting === 0) {
      if (tests === 0) yield `${name}\n`
      tests = 0
    }
  }
}
