import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needs } from '../testing/needs.ts'
import { presentFiles, repositoryFiles } from '../files.ts'

test('the files are the same where there is no git', { skip: needs('git') }, () => {
  assert.deepEqual(presentFiles().toSorted(), repositoryFiles())
})
