// Runs inside QuickJS before any author's code: what a definition may not have is taken away, everything else is frozen, so that thousands of
// files share one context and none can leave anything for the next. Shipped as text; it uses nothing but the language.

/** Globals a definition keeps; what a later QuickJS may add is not among them. */
const KEPT = [
  ...[
    'globalThis',
    'undefined',
    'NaN',
    'Infinity',
    'eval',
    'Function',
    'Object',
    'Array',
    'String',
    'Number',
    'Boolean',
    'Symbol',
    'BigInt',
  ],
  ...[
    'Math',
    'JSON',
    'Reflect',
    'Proxy',
    'Promise',
    'RegExp',
    'Map',
    'Set',
    'WeakMap',
    'WeakSet',
    'Iterator',
    'parseInt',
    'parseFloat',
  ],
  ...['isNaN', 'isFinite', 'encodeURI', 'encodeURIComponent', 'decodeURI', 'decodeURIComponent', 'escape', 'unescape'],
  ...[
    'Error',
    'AggregateError',
    'EvalError',
    'RangeError',
    'ReferenceError',
    'SyntaxError',
    'TypeError',
    'URIError',
    'InternalError',
  ],
  ...[
    'ArrayBuffer',
    'DataView',
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
  ],
  ...['Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
];

/**
 * The script that prepares a context; `define` is the module `hera` as CommonJS. It answers two functions that no author's
 * code can reach: `evaluate(function (module, exports, require) {…}, imports)` evaluates one file and answers JSON, `{ kind, value }` of its default
 * export or why there is none; `addModule(file, imports, function)` makes a helper known. `imports` is JSON: name written to `Import`.
 */
export const preludeScript = (define: string, helpers: string, maxOutputChars: number): string => `'use strict';
(() => {
  ${helpers}
  const { stringify, parse } = JSON, { isArray } = Array, { isFinite } = Number;
  const { freeze, keys, create, hasOwn, getPrototypeOf, getOwnPropertyDescriptors, defineProperty } = Object;
  const { ownKeys, deleteProperty, apply } = Reflect;
  const pushes = Array.prototype.push;
  class NotDeterministic extends Error {}
  const forbidden = (name) => function () {
    const error = new NotDeterministic(name + ' is not available: the same commit must always mean the same jobs');
    throw error;
  };
  const kept = new Set(${JSON.stringify(KEPT)});
  for (const key of ownKeys(globalThis)) if (!kept.has(key)) deleteProperty(globalThis, key);
  const noDate = forbidden('Date');
  defineProperty(globalThis, 'Date', { value: new Proxy(freeze(function () {}), { apply: noDate, construct: noDate, get: noDate, has: noDate }) });
  defineProperty(Math, 'random', { value: forbidden('Math.random') });

  for (const [name, value] of Object.entries({ __create, __defProp, __getOwnPropDesc, __getOwnPropNames, __getProtoOf, __hasOwnProp, __export, __copyProps, __toESM, __toCommonJS }))
    defineProperty(globalThis, name, { value });

  const hera = {};
  (function (exports, module) { ${define}
    for (const key of keys(module.exports)) hera[key] = module.exports[key];
  })({}, { exports: {} });
  const missing = (file) => new Proxy(freeze({ __proto__: null }), {
    get(_, key) {
      if (typeof key === 'symbol' || key === 'then' || key === 'toJSON' || key === '__esModule') return undefined;
      throw new SyntaxError('\`' + file + '\` exports no \`' + key + '\`');
    },
  });
  /** What an import sees. A name that is not exported throws instead of being undefined; the prototype carries that through esbuild's copies. */
  const linked = (file, exports) => {
    if (typeof exports !== 'object' || exports === null) return exports;
    return create(missing(file), getOwnPropertyDescriptors(exports));
  };
  const reference = (name, job) => linked(name, { __esModule: true, default: freeze({ job }) });
  const heraLinked = linked('hera', { __esModule: true, ...hera });
  class ImportError extends Error {}

  /** Plain data or an error that names the path; a getter runs once, a cycle is found by depth. */
  const plain = (value, path, depth) => {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && isFinite(value)) return value;
    if (depth > 40) throw refusal(path, 'is nested too deeply');
    if (typeof value !== 'object') throw refusal(path, typeof value === 'number' ? 'is ' + value : 'is a ' + typeof value);
    if (isArray(value)) {
      const list = [];
      for (let i = 0; i < value.length; i++) apply(pushes, list, [plain(value[i] === undefined ? null : value[i], path.concat(i), depth + 1)]);
      return list;
    }
    const prototype = getPrototypeOf(value);
    if (prototype !== null && getPrototypeOf(prototype) !== null) throw refusal(path, 'is an object of a class, not plain data');
    const record = { __proto__: null };
    for (const key of keys(value)) {
      const member = value[key];
      if (member !== undefined) record[key] = plain(member, path.concat(key), depth + 1);
    }
    return record;
  };
  const refusals = new WeakSet();
  const refusal = (path, problem) => {
    const made = freeze({ refused: { path, problem } });
    refusals.add(made);
    return made;
  };
  const short = (text, most) => {
    const whole = String(text);
    return whole.length > most ? whole.slice(0, most) + '…' : whole;
  };
  const describe = (error) => {
    if (refusals.has(error)) return error;
    if (!(error instanceof Error)) return { name: 'Error', message: short(error, 1000), stack: '' };
    const name = error instanceof NotDeterministic ? 'NotDeterministic' : error instanceof ImportError ? 'ImportError' : short(error.name, 100);
    return { name, message: short(error.message, 1000), stack: short(error.stack, 10000) };
  };
  /** Helpers are compiled once and evaluated anew for every file that reaches them, so that no file sees another's state. */
  const modules = { __proto__: null };
  const requireFrom = (imports, loaded) => (name) => {
    if (name === 'hera') return heraLinked;
    const meaning = hasOwn(imports, name) ? imports[name] : {};
    if (meaning.problem) throw new ImportError(meaning.problem);
    if (meaning.job) return reference(name, meaning.job);
    const known = modules[meaning.file];
    if (known === undefined) throw new ImportError('\`' + name + '\` cannot be loaded here');
    let module = loaded[meaning.file];
    if (module === undefined) {
      module = loaded[meaning.file] = { exports: {} };
      known.run(module, module.exports, requireFrom(known.imports, loaded));
    }
    return linked(meaning.file, module.exports);
  };
  const addModule = (file, imports, run) => { modules[file] = { imports: parse(imports), run: freeze(run) }; };
  const evaluate = (file, imports) => {
    try {
      const module = { exports: {} };
      file(module, module.exports, requireFrom(parse(imports), { __proto__: null }));
      const made = module.exports.default;
      if (made === undefined) return stringify({ noDefault: true });
      const marked = typeof made === 'object' && made !== null && typeof made.hera === 'string';
      if (!marked) return stringify({ unmarked: typeof made });
      const text = stringify({ kind: made.hera, value: plain(made.value, [], 0) });
      return text.length > ${maxOutputChars} ? stringify({ tooLarge: text.length }) : text;
    } catch (error) {
      const unreadable = '{"error":{"name":"Error","message":"an error that cannot be read","stack":""}}';
      try {
        const text = stringify({ error: describe(error) });
        return text.length > 100000 ? unreadable : text;
      } catch { return unreadable; }
    }
  };

  // Everything reachable is frozen, with the intrinsics that no global names.
  const seeds = [globalThis, hera, heraLinked, NotDeterministic, ImportError, evaluate, plain, describe, refusal, forbidden,
    function* () {}, async function () {}, async function* () {}, [][Symbol.iterator](), new Map()[Symbol.iterator](), new Set()[Symbol.iterator](),
    ''[Symbol.iterator](), 'a'.matchAll(/a/g), (function* () {})(), (async function* () {})(), Int8Array];
  if (typeof Iterator === 'function') {
    const none = { next() { return { done: true }; } };
    seeds.push(Iterator.from(none), [].values().map((x) => x));
  }
  const seen = new Set();
  const visit = (value) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
    seen.add(value);
    const properties = getOwnPropertyDescriptors(value);
    for (const key of ownKeys(properties)) {
      const property = properties[key];
      visit(property.value); visit(property.get); visit(property.set);
    }
    visit(getPrototypeOf(value));
  };
  seeds.forEach(visit);
  // An array buffer with elements cannot be frozen; none is reachable here.
  for (const value of seen) freeze(value);
  return { evaluate, addModule };
})();
`;
