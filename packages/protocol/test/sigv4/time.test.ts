import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatAmzDate, parseAmzDate, parseHttpDate } from '../../src/sigv4/time.ts'

test('a time is written in basic form, without its milliseconds', () => {
  assert.equal(formatAmzDate(new Date('2015-08-30T12:36:00.789Z')), '20150830T123600Z')
})

test('reading undoes writing, to the second', () => {
  const time = fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-12-31T23:59:59Z') })
  fc.assert(
    fc.property(time, (date) => {
      assert.equal(parseAmzDate(formatAmzDate(date))?.getTime(), Math.floor(date.getTime() / 1000) * 1000)
    }),
  )
})

for (const text of [
  '',
  '2015-08-30T12:36:00Z',
  '20150830',
  '20150830T123600',
  '20150830T123600z',
  '20150830T123600.000Z',
  ' 20150830T123600Z',
  '20150230T123600Z',
  '20151301T123600Z',
  '20150830T240000Z',
  '20150830T126000Z',
  '20150830T123660Z',
  'Sun, 30 Aug 2015 12:36:00 GMT',
]) {
  test(`not such a time: '${text}'`, () => assert.equal(parseAmzDate(text), undefined))
}

test('a Date header says its time as HTTP does', () => {
  assert.equal(parseHttpDate('Sun, 30 Aug 2015 12:36:00 GMT')?.toISOString(), '2015-08-30T12:36:00.000Z')
})

for (const text of [
  '',
  'Mon, 30 Aug 2015 12:36:00 GMT',
  'Sun, 30 Aug 2015 12:36:00 UTC',
  'Sun, 30 Aug 2015 12:36:00 +0200',
  'Sun, 30 Aug 2015 24:00:00 GMT',
  'Sun, 31 Feb 2015 12:36:00 GMT',
  'Sunday, 30-Aug-15 12:36:00 GMT',
  'Sun Aug 30 12:36:00 2015',
  '2015-08-30T12:36:00.000Z12345',
]) {
  test(`not such a date: '${text}'`, () => assert.equal(parseHttpDate(text), undefined))
}
