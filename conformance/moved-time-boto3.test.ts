import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { keyhold } from '../tools/testing/keyhold.ts'
import { missingBoto3 } from './boto3.ts'
import { pythonThatRuns } from './python.ts'
import { partsIn } from './tour.ts'

const PARTS = ['due_keys', 'years', 'callers', 'passing_states', 'overdue_rotation']

test('boto3 goes on unchanged while the time of keyhold dev is moved', { skip: missingBoto3() }, async (t) => {
  const python = pythonThatRuns('import boto3')
  assert(python !== undefined)
  // -B: the program imports another of this folder, and leaves nothing in it.
  const program = [python, '-B', join(import.meta.dirname, 'moved_time_tour.py')]
  const dev = await keyhold(['dev', '--port', '0', '--clock', 'manual', '--enforce', '--', ...program])
  assert.equal(dev.status, 0, dev.stderr + dev.stdout)
  const outcomes = partsIn(dev.stdout)
  assert.deepEqual(
    outcomes.map(({ part }) => part),
    PARTS,
  )
  for (const { part, lack } of outcomes) if (lack !== undefined) await t.test(part, { skip: lack })
})
