import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { writeXmlBytes, writeXmlText } from '../../src/codec/xml-text.ts'
import { BodyWriter } from '../../src/codec/writer.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function escaped(text: string): string {
  const writer = new BodyWriter()
  writeXmlText(text, writer)
  return decoder.decode(writer.bytes)
}

test('what has a meaning in XML is escaped, and line ends so that no parser normalises them', () => {
  assert.equal(
    escaped(`<a href="b">'&amp;'</a>]]>`),
    '&lt;a href=&quot;b&quot;&gt;&apos;&amp;amp;&apos;&lt;/a&gt;]]&gt;',
  )
  assert.equal(escaped('a\r\nb\tc'), 'a&#xD;&#xA;b\tc')
})

test('what XML 1.0 cannot carry becomes U+FFFD', () => {
  assert.equal(escaped('\u0000\u0008\u000b\u001f'), '\ufffd'.repeat(4))
  assert.equal(escaped('a\ufffeb\uffffc'), 'a\ufffdb\ufffdc')
  assert.equal(escaped('a\ud800b'), 'a\ufffdb')
})

test('everything else is unchanged', () => {
  for (const text of ['', 'plain', 'é', '\u007f\u0085', '\ufeff', '\ufffd', '\ufffc', '😀', '\u{10ffff}']) {
    assert.equal(escaped(text), text)
  }
})

/** XML 1.0, section 2.2. */
const CHARACTERS = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u

test('whatever the text, its escaped form is characters that XML allows, and no markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const xml = escaped(text)
      assert.match(xml, CHARACTERS)
      assert.doesNotMatch(xml, /[<>"']|&(?!(amp|lt|gt|quot|apos|#xD|#xA);)/)
    }),
    { numRuns: 1000 },
  )
})

test('bytes are escaped like the text they spell', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const writer = new BodyWriter()
      writeXmlBytes(encoder.encode(text), writer)
      assert.equal(decoder.decode(writer.bytes), escaped(text))
    }),
  )
})
