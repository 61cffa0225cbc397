import { type CallExpression, Node, Project, SyntaxKind } from 'ts-morph';
import type { Path, Place } from '../check/diagnostic.js';

const project = new Project({
  useInMemoryFileSystem: true,
  skipLoadingLibFiles: true,
  compilerOptions: { noLib: true, noResolve: true },
});

/**
 * Where a value of a TypeScript definition stands: its literal; else, with `computed`, the nearest property or call around it.
 * The path begins at the argument of the default export's call.
 */
export function placeInTypeScript(
  file: string,
  text: string,
  path: Path,
  on: 'key' | 'value',
): Readonly<{ place: Place; computed: boolean }> {
  const source = project.createSourceFile(`/${file}`, text, { overwrite: true });
  const exported = source.getExportAssignment((one) => !one.isExportEquals())?.getExpression();
  const call = exported && unwrap(exported);
  const argument = Node.isCallExpression(call) ? call.getArguments()[0] : undefined;
  const start: Node = argument ? unwrap(argument) : (call ?? source);
  const found = follow(start, path, on);
  const place = placeOf(file, text, found.node);
  source.forget();
  return { place, computed: found.computed };
}

type Found = Readonly<{ node: Node; computed: boolean }>;

function follow(start: Node, path: Path, on: 'key' | 'value'): Found {
  let node = start;
  let nearest = start;
  for (const [i, step] of path.entries()) {
    const inside = memberOf(node, step);
    if (!inside) {
      const spread = Node.isObjectLiteralExpression(node)
        ? node.getProperties().find(Node.isSpreadAssignment)
        : undefined;
      return { node: spread ?? nearest, computed: spread !== undefined || !Node.isObjectLiteralExpression(node) };
    }
    nearest = i === path.length - 1 && on === 'key' ? inside.key : inside.value;
    node = unwrap(inside.value);
  }
  const isReference = Node.isIdentifier(node) && path.at(-1) === 'job';
  return { node: nearest, computed: on === 'value' && !isReference && !isWritten(node) };
}

/** Whether a node is the value itself, not something that computes it. */
function isWritten(node: Node): boolean {
  if (Node.isStringLiteral(node) || Node.isNumericLiteral(node) || Node.isNoSubstitutionTemplateLiteral(node))
    return true;
  if (Node.isObjectLiteralExpression(node) || Node.isArrayLiteralExpression(node) || Node.isPrefixUnaryExpression(node))
    return true;
  if (Node.isCallExpression(node)) return Object.values(CALLS).flat().includes(calledName(node));
  return node.getKind() === SyntaxKind.TrueKeyword || node.getKind() === SyntaxKind.FalseKeyword;
}

const calledName = (node: CallExpression): string => node.getExpression().getText().split('.').at(-1) ?? '';

/** `shell({ file })` and `ref('a')` stand for `{ shell: { file } }` and `{ job: 'a' }`: a step of that name goes into the call. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    ['shell', 'python', 'java', 'hive', 'spark', 'external', 'probe'].map((engine) => [engine, [engine]]),
  ),
  job: ['ref'],
  self: ['previous', 'offset'],
};

function memberOf(node: Node, step: string | number): Readonly<{ key: Node; value: Node }> | undefined {
  if (Node.isArrayLiteralExpression(node)) {
    const element = node.getElements()[Number(step)];
    return element && { key: element, value: element };
  }
  if (Node.isCallExpression(node)) {
    const name = calledName(node);
    const value = node.getArguments()[0] ?? node;
    return Object.hasOwn(CALLS, step) && CALLS[String(step)]?.includes(name) ? { key: node, value } : undefined;
  }
  // An imported job stands for `{ job: <its path> }`.
  if (Node.isIdentifier(node) && step === 'job') return { key: node, value: node };
  if (!Node.isObjectLiteralExpression(node)) return undefined;
  for (const property of node.getProperties()) {
    if (Node.isPropertyAssignment(property) && nameOf(property.getNameNode()) === String(step))
      return { key: property.getNameNode(), value: property.getInitializerOrThrow() };
    if (Node.isShorthandPropertyAssignment(property) && property.getName() === String(step))
      return { key: property, value: property.getNameNode() };
  }
  return undefined;
}

const nameOf = (node: Node): string =>
  Node.isStringLiteral(node) || Node.isNoSubstitutionTemplateLiteral(node) ? node.getLiteralText() : node.getText();

/** `x as const`, `(x)`, `x satisfies T` are x. */
function unwrap(node: Node): Node {
  if (Node.isAsExpression(node) || Node.isSatisfiesExpression(node) || Node.isParenthesizedExpression(node))
    return unwrap(node.getExpression());
  return node;
}

/** A node of several lines is marked on its first. */
function placeOf(file: string, text: string, node: Node): Place {
  const start = node.getStart();
  const lineEnd = text.indexOf('\n', start);
  const end = lineEnd < 0 ? node.getEnd() : Math.min(node.getEnd(), lineEnd);
  const from = node.getSourceFile().getLineAndColumnAtPos(start);
  return {
    file,
    line: from.line,
    column: from.column,
    endLine: from.line,
    endColumn: from.column + Math.max(1, end - start),
  };
}
