// Asks Kibana's own KQL code which Elasticsearch query it makes of a KQL query.
//
// One JSON request per line in, one JSON reply per line out:
//   {"queries": [text]}
//   {"answers": [{"dsl": object} or {"rejected": message}]}
//
// The code is Kibana's of generation 7.5, the last that was published as a package of its own. What has changed in the
// grammar since is put into it here, so that it reads what Kibana 8 reads, but for nested queries: `field:{ … }` is
// rejected.
'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');

const modules = process.argv[2];
const kibana = path.join(modules, '@cybernetex', 'kbn-es-query');
const pegjs = require(path.join(modules, 'pegjs'));

const SINCE_7_5 = [
  // 7.6: braces are special
  [`[\\\\():<>"*]\n`, `[\\\\():<>"*{}]\n`],
  // 7.x: a character may be written by its number, in quotes and outside
  [`/ '\\\\' char:[\\\\"] { return char; }`, `/ EscapedUnicode\n  / '\\\\' char:[\\\\"] { return char; }`],
  [`  / EscapedSpecialCharacter\n`, `  / EscapedSpecialCharacter\n  / EscapedUnicode\n`],
  [
    `EscapedKeyword\n  = `,
    `EscapedUnicode
  = '\\\\u' digits:$([0-9a-f]i [0-9a-f]i [0-9a-f]i [0-9a-f]i) { return String.fromCharCode(parseInt(digits, 16)); }

EscapedKeyword\n  = `,
  ],
  // 7.x: a number stays the text that was written, so that 007 is not 7
  [`const value = isNaN(number) ? sequence : number;`, `const value = sequence;`],
  // 8.x: a no-break space is a blank
  [`[\\ \\t\\r\\n]`, `[\\ \\t\\r\\n\\u00A0]`],
];

function grammar() {
  const old = fs.readFileSync(path.join(kibana, 'src', 'kuery', 'ast', 'kuery.peg'), 'utf8');
  return SINCE_7_5.reduce((text, [before, after]) => {
    if (text.split(before).length !== 2) throw new Error(`the grammar does not have ${before} exactly once`);
    return text.replace(before, () => after);
  }, old);
}

// Without the cache the time to parse is exponential in the depth of parentheses (as it was in Kibana until 8.15).
const parser = pegjs.generate(grammar(), { cache: true, allowedStartRules: ['start', 'Literal'] });
Object.assign(require(path.join(kibana, 'target', 'server', 'kuery', 'ast', 'kuery.js')), parser);
const { fromKueryExpression, toElasticsearchQuery } = require(kibana);

// Since 7.12 `a and b and c` is one node; before, it was nested, as deep as it is long.
function flattened(node) {
  if (!['and', 'or', 'not'].includes(node.function)) return node;
  const parts = node.arguments.map(flattened);
  const chain = node.function !== 'not';
  return { ...node, arguments: parts.flatMap((part) => (chain && part.function === node.function ? part.arguments : [part])) };
}

function answer(query) {
  try {
    return { dsl: toElasticsearchQuery(flattened(fromKueryExpression(query))) };
  } catch (problem) {
    return { rejected: problem.message };
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(JSON.stringify({ answers: JSON.parse(line).queries.map(answer) }) + '\n');
});
