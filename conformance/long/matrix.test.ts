/** Follows every recipe of the integrations with the clients that are here; `npm run matrix -- --install` brings them. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { makePlace } from '../matrix/place.ts'
import { ROWS } from '../matrix/rows.ts'
import { follow } from '../matrix/run.ts'
import { needs } from '../../tools/testing/needs.ts'

const skip = needs('openssl', 'bash')
const place = skip === false ? await makePlace() : undefined
after(() => place?.close())

for (const row of ROWS) {
  test(`${row.product} does what its recipe shows`, { skip }, async (t) => {
    assert(place !== undefined)
    const outcome = await follow(row, place)
    if (!outcome.found) return t.skip('not found here')
    assert.equal(outcome.failure, undefined)
  })
}
