// Asks Microsoft's Kusto parser and binder about queries.
//
// One JSON request per line in, one JSON reply per line out:
//   {"schema": {table: {column: type}}, "queries": [text]}
//   {"diagnostics": [[{"code", "severity", "message", "start", "length"}] for each query]}
// The schema of the last request is kept, because declaring one costs as much as checking a hundred queries.
'use strict';

const path = require('path');
const readline = require('readline');

const engine = path.join(process.argv[2], '@kusto', 'language-service-next');
require(path.join(engine, 'bridge.min.js')); // C# compiled to JavaScript; both files define globals
require(path.join(engine, 'Kusto.Language.Bridge.min.js'));
const { Symbols, GlobalState, KustoCode } = Kusto.Language;

function list(type, items) {
  const result = new (System.Collections.Generic.List$1(type)).ctor();
  items.forEach((item) => result.add(item));
  return result;
}

function quoted(name) {
  return `['${name.replace(/[\\']/g, '\\$&')}']`;
}

function table([name, columns]) {
  const declared = Object.entries(columns).map(([column, type]) => `${quoted(column)}: ${type}`);
  return new Symbols.TableSymbol.$ctor7(name, `(${declared.join(', ')})`, null);
}

function globalsOf(schema) {
  const tables = Object.entries(schema).map(table);
  const database = new Symbols.DatabaseSymbol.$ctor3('database', null, list(Symbols.Symbol, tables), false);
  return GlobalState.Default.WithDatabase(database);
}

function diagnosticsOf(query, globals) {
  const found = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => found.getItem(index)).map((diagnostic) => ({
    code: diagnostic.Code,
    severity: diagnostic.Severity,
    message: diagnostic.Message,
    start: diagnostic.Start,
    length: diagnostic.Length,
  }));
}

let known = '{}';
let globals = globalsOf({});
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { schema, queries } = JSON.parse(line);
  if (JSON.stringify(schema) !== known) {
    known = JSON.stringify(schema);
    globals = globalsOf(schema);
  }
  const diagnostics = queries.map((query) => diagnosticsOf(query, globals));
  process.stdout.write(JSON.stringify({ diagnostics }) + '\n');
});
