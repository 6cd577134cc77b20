import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import { compile } from '../../src/match/compile.ts';
import { cdrOf } from '../support/cdrs.ts';
import { libraryValue } from '../support/library-logic.ts';

const record: JsonObject = {
  a: 1,
  b: 'apple',
  c: null,
  d: [1, 2, 3],
  e: { f: 'g', h: [{ i: 1 }, { i: 2 }] },
  empty: '',
  none: [],
  zero: 0,
  yes: true,
  text: '3.5 apples',
};

/** What rules of JSON-Logic look like, also such as the check of conditions refuses: with too few or too many arguments. */
const RULES: readonly string[] = [
  ...[
    '{"var":"a"}',
    '{"var":["a"]}',
    '{"var":["x"]}',
    '{"var":["x",26]}',
    '{"var":["c",26]}',
    '{"var":"d.1"}',
  ],
  ...[
    '{"var":"e.h.1.i"}',
    '{"var":""}',
    '{"var":[]}',
    '{"var":null}',
    '{"var":{"cat":["e",".f"]}}',
    '{"var":["empty","x"]}',
  ],
  ...[
    '{"==":[1,"1"]}',
    '{"==":[{"var":"c"},0]}',
    '{"==":[{"var":"none"},""]}',
    '{"===":[1,1,2]}',
    '{"!=":["1",1]}',
    '{"!==":[1,"1"]}',
  ],
  ...[
    '{"==":[1]}',
    '{">":[2]}',
    '{"<":[1,2,3]}',
    '{"<":[1,4,3]}',
    '{"<=":[1,1,3]}',
    '{"<":[1,2,3,0]}',
    '{"<":[1]}',
    '{">=":["b","a"]}',
  ],
  ...['{"!":[]}', '{"!":"0"}', '{"!":[[]]}', '{"!!":["0"]}', '{"!!":[[]]}', '{"!!":[0,1]}', '{"!!":[]}'],
  ...['{"or":[]}', '{"or":[false,0,"x"]}', '{"and":[]}', '{"and":[1,3]}', '{"and":[[],3]}', '{"and":[3,[]]}'],
  ...[
    '{"if":[]}',
    '{"if":["apple"]}',
    '{"if":[true,"a"]}',
    '{"if":[false,"a"]}',
    '{"if":[false,"a",true,"b","c"]}',
    '{"?:":[0,1,2]}',
  ],
  ...[
    '{"in":["pp",{"var":"b"}]}',
    '{"in":[2,{"var":"d"}]}',
    '{"in":["a",null]}',
    '{"in":["",{"var":"empty"}]}',
    '{"in":["x"]}',
    '{"in":[1,{"var":"e"}]}',
  ],
  ...['{"cat":"ice"}', '{"cat":["ice",1,null,true]}', '{"cat":[]}', '{"cat":[{"var":"d"}]}'],
  ...[
    '{"substr":["jsonlogic",4]}',
    '{"substr":["jsonlogic",-5]}',
    '{"substr":["jsonlogic",1,3]}',
    '{"substr":["jsonlogic",4,-2]}',
    '{"substr":["jsonlogic",0]}',
  ],
  ...[
    '{"+":[1,2,"3"]}',
    '{"+":[]}',
    '{"+":"3.14"}',
    '{"+":[{"var":"text"},1]}',
    '{"+":[null]}',
    '{"-":[3,2]}',
    '{"-":3}',
    '{"-":[5,2,1]}',
  ],
  ...[
    '{"*":[2,"3",4]}',
    '{"*":["5"]}',
    '{"*":[]}',
    '{"/":[4,2]}',
    '{"/":[1,0]}',
    '{"%":[101,2]}',
    '{"max":[1,3,2]}',
    '{"min":[]}',
  ],
  ...[
    '{"missing":["a","x","empty"]}',
    '{"missing":"x"}',
    '{"missing":[["a","y"],"z"]}',
    '{"missing":[{"cat":["x"]}]}',
    '{"missing_some":[1,["a","x"]]}',
  ],
  ...[
    '{"map":[{"var":"d"},{"*":[{"var":""},2]}]}',
    '{"map":[{"var":"x"},1]}',
    '{"filter":[{"var":"d"},{">":[{"var":""},1]}]}',
  ],
  ...[
    '{"all":[{"var":"d"},{">":[{"var":""},0]}]}',
    '{"all":[[],true]}',
    '{"none":[[],true]}',
    '{"some":[{"var":"e.h"},{"==":[{"var":"i"},2]}]}',
  ],
  ...[
    '{"merge":[[1],2,[3,[4]]]}',
    '{"reduce":[{"var":"d"},{"+":[{"var":"current"},{"var":"accumulator"}]},0]}',
    '{"unknown":[1]}',
  ],
  ...[
    '{"starts_with":[{"var":"b"},["x","app"]]}',
    '{"ends_with":[{"var":"a"},1]}',
    '{"digits":[{"var":"text"}]}',
  ],
  ...['{"between_times":["2026-03-17T08:30:00Z","09:30","10:00","Europe/Berlin",["tue"]]}'],
];

function outcomeOf(evaluate: () => unknown): unknown {
  try {
    return { value: evaluate() };
  } catch (error) {
    return { threw: (error as Error).constructor.name };
  }
}

test.each(RULES)('%s gives what json-logic-js gives', (text) => {
  const rule = JSON.parse(text) as JsonObject;
  const cdr = cdrOf(record);
  expect(outcomeOf(() => compile(rule)(cdr))).toEqual(outcomeOf(() => libraryValue(rule, record)));
});

test.each(['text', 7, null, true, [1, [2]], { a: 1, b: 2 }, {}])('%j is itself', (value) => {
  expect(compile(value)(cdrOf({}))).toEqual(value);
});
