import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from '../../src/program.ts'
import { DATA_VERBS, NOT_RUN, PRINTING_VERBS } from '../support/verb-table.ts'

function verbsBelow(command: Command, path = command.name()): string[] {
  if (command.commands.length === 0) return [path]
  return command.commands.flatMap((each) => verbsBelow(each, `${path} ${each.name()}`))
}

test('every verb is in the table of descriptors, or says why not', async () => {
  const named = [DATA_VERBS, PRINTING_VERBS, NOT_RUN].flatMap((table) => Object.keys(table))
  assert.deepEqual(named.toSorted(), verbsBelow(await createProgram()).toSorted())
})
