import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numberOfGroup } from '../../../../src/host/http/tls/details.ts'

const session = (hex: string): number | undefined => numberOfGroup(Buffer.from(hex, 'hex'))

test('the number of the group is member 19 of a session, whatever comes before it', () => {
  assert.equal(session('3009020101b304020211ec'), 0x11ec)
  assert.equal(session('3008020101b30302011d'), 0x1d)
  assert.equal(session('3081080101ffb30302011d'), 0x1d)
  assert.equal(session('308200080101ffb30302011d'), 0x1d)
})

test('a session of another form has none, and is read in bounded steps', () => {
  const others = [
    '',
    '30',
    '3000',
    '3003020101',
    '3009020101b3040202',
    '3005b303020100ff',
    '3084ffffffff',
    '30ffb30302011d',
  ]
  for (const hex of [...others, '3004b3020200', '300ab3080206010203040506', '3005b303040117', '00'.repeat(2000)]) {
    const group = session(hex)
    assert.ok(group === undefined || group <= 0xffff, hex.slice(0, 40))
  }
  assert.equal(session('3004b3020200'), undefined)
  assert.equal(session('300ab3080206010203040506'), undefined)
})
