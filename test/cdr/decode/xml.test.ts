import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/cdr/decode/decode.ts';
import { UnreadableBodyError } from '../../../src/cdr/decode/unreadable.ts';

function recordOf(text: string): unknown {
  return decode(Buffer.from(text), '')[0]?.record;
}

describe('XML', () => {
  test('is one CDR with its root as the only member, all texts', () => {
    expect(recordOf('<?xml version="1.0"?>\n<cdr><n>007</n><t>true</t><e/></cdr>\n')).toEqual({
      cdr: { n: '007', t: 'true', e: '' },
    });
  });

  test('has attributes under @, text beside them under #text, and repeated elements as an array', () => {
    expect(recordOf('<a id="1"><b x="y">z</b><c>1</c><c>2</c></a>')).toEqual({
      a: { '@id': '1', b: { '@x': 'y', '#text': 'z' }, c: ['1', '2'] },
    });
  });

  test('may be one empty element', () => {
    expect(recordOf('<?xml version="1.0"?>\n<cdr from="1"/>')).toEqual({ cdr: { '@from': '1' } });
  });

  test('may have prefixes that nothing declares', () => {
    expect(recordOf('<a><nolocal:uuid>1</nolocal:uuid></a>')).toEqual({ a: { 'nolocal:uuid': '1' } });
  });

  test('has its references resolved once, and CDATA as it is', () => {
    expect(recordOf('<a><b>&lt;x&gt; &amp;lt; &#65;&#x42;</b><c><![CDATA[<&lt;]]></c></a>')).toEqual({
      a: { b: '<x> &lt; AB', c: '<&lt;' },
    });
  });

  test.each([
    ['that is cut off', '<cdr><from>1</from>'],
    ['that is cut off in a tag', '<cdr><from>1</fr'],
    ['that is cut off after an empty element', '<?xml version="1.0"?><cdr><from/>'],
    ['with two roots', '<a>1</a><b>2</b>'],
    ['without an element', '<!-- only a comment -->'],
    ['with a DOCTYPE and its entities', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['nested without end', '<a>'.repeat(5_000) + '</a>'.repeat(5_000)],
    ['with an element __proto__', '<a><__proto__><b>1</b></__proto__></a>'],
  ])('%s is refused', (_what, text) => {
    expect(() => recordOf(text)).toThrow(UnreadableBodyError);
  });
});
