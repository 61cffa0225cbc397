import { Node, Project, type SourceFile } from 'ts-morph';
import type { Path } from '../check/diagnostic.js';
import type { Found, Sought } from './found.js';
import { placeBetween } from './lines.js';
import { elementsOf, type Member, memberOf, resolved, textOfNode } from './static-values.js';
import { partOfLiteral } from './written.js';
import { firstLine } from './yaml-places.js';

const project = new Project({
  useInMemoryFileSystem: true,
  skipLoadingLibFiles: true,
  compilerOptions: { noLib: true, noResolve: true },
});

let last: Readonly<{ file: string; text: string; source: SourceFile }> | undefined;

/** Thousands of mistakes of one file are placed one after the other: it is parsed once for them. */
function parsedOnce(file: string, text: string): SourceFile {
  if (last?.file !== file || last.text !== text) {
    last?.source.forget();
    last = { file, text, source: project.createSourceFile(`/${file}`, text, { overwrite: true }) };
  }
  return last.source;
}

/**
 * Where a value of a TypeScript definition stands: its literal, also where a variable, a spread or a computed name leads to it (`usedAt` is then
 * where it was asked for); else, with `computed`, the nearest property or call around it. The path begins at the argument of the default export's call.
 */
export function placeInTypeScript(file: string, text: string, sought: Sought): Found {
  try {
    return placeIn(parsedOnce(file, text), file, text, sought);
  } catch (error) {
    // The parser recurses; what esbuild could still read may be too deep for it.
    if (!(error instanceof RangeError)) throw error;
    last = undefined;
    return { place: firstLine(file, text), computed: true };
  }
}

function placeIn(source: SourceFile, file: string, text: string, { path, on, within }: Sought): Found {
  const exported = source.getExportAssignment((one) => !one.isExportEquals())?.getExpression();
  const call = exported && resolved(exported);
  const argument = Node.isCallExpression(call) ? call.getArguments()[0] : undefined;
  if (!call) return { place: firstLine(file, text), computed: path.length > 0 };
  const { node, computed, usedAt } = follow(argument ?? call, path, on);
  const [start, end] = [node.getStart(), node.getEnd()];
  const value = within && !computed ? textOfNode(node) : undefined;
  const part = within && value !== undefined ? partOfLiteral(node.getText(), value, within, 'typescript') : undefined;
  const place = part
    ? placeBetween(file, text, start + part.start, start + part.end)
    : placeBetween(file, text, start, end);
  const use = usedAt ? placeBetween(file, text, usedAt.getStart(), usedAt.getEnd()) : undefined;
  return { place, computed, usedAt: use };
}

type Reached = Readonly<{ node: Node; computed: boolean; usedAt?: Node | undefined }>;

function follow(start: Node, path: Path, on: 'key' | 'value'): Reached {
  let nearest = start;
  let node = resolved(start);
  let usedAt: Node | undefined = node === unwrappedOnly(start) ? undefined : start;
  for (const [i, step] of path.entries()) {
    const member = stepInto(node, step);
    if (!member) return notWritten(node, nearest, path.slice(i), usedAt);
    if (member.via) usedAt ??= member.via;
    const isLast = i === path.length - 1;
    nearest = isLast && on === 'key' ? member.key : member.value;
    node = isLast && on === 'key' ? member.key : resolved(member.value);
  }
  if (on === 'key' || path.length === 0) return { node: nearest, computed: false, usedAt };
  // An imported job stands for `{ job: <its path> }`.
  if (Node.isIdentifier(node) && path.at(-1) === 'job') return { node: nearest, computed: false, usedAt };
  if (!isWritten(node)) return { node: nearest, computed: true };
  if (node !== unwrappedOnly(nearest)) return { node, computed: false, usedAt: usedAt ?? nearest };
  return { node: nearest, computed: false, usedAt };
}

/** What cannot be followed: a property of that name somewhere inside, if there is one only; else the spread that may bring it, or what is around it. */
function notWritten(node: Node, nearest: Node, rest: Path, usedAt: Node | undefined): Reached {
  if (Node.isObjectLiteralExpression(node)) {
    const spread = node.getProperties().find((one) => Node.isSpreadAssignment(one));
    return spread ? { node: spread, computed: true } : { node: nearest, computed: false, usedAt };
  }
  for (let i = 0; i < rest.length; i++) {
    const inside = onlyMatch(node, rest.slice(i));
    if (inside) return { node: inside, computed: true };
  }
  return { node: nearest, computed: true };
}

/** The one value at `path` in any object inside of a node: the job in a loop over tables. */
function onlyMatch(node: Node, path: Path): Node | undefined {
  if (typeof path[0] !== 'string') return undefined;
  const found: Node[] = [];
  const objects = [node, ...node.getDescendants()].filter((one) => Node.isObjectLiteralExpression(one));
  for (const object of objects) {
    let at: Node | undefined = object;
    for (const step of path) at = at && stepInto(resolved(at), step)?.value;
    if (at) found.push(at);
  }
  return found.length === 1 ? found[0] : undefined;
}

/** `shell({ file })` and `ref('a')` stand for `{ shell: { file } }` and `{ job: 'a' }`: a step of that name goes into the call. */
const CALLED: Readonly<Record<string, readonly string[]>> = { job: ['ref'], self: ['previous', 'offset'] };

function stepInto(node: Node, step: string | number): Member | undefined {
  if (Node.isArrayLiteralExpression(node)) return elementsOf(node)[Number(step)];
  if (Node.isCallExpression(node)) {
    const names = Object.hasOwn(CALLED, step) ? CALLED[String(step)]! : [String(step)];
    if (!names.includes(calledName(node))) return undefined;
    return { key: node, value: node.getArguments()[0] ?? node };
  }
  if (Node.isIdentifier(node) && step === 'job') return { key: node, value: node };
  return Node.isObjectLiteralExpression(node) ? memberOf(node, String(step)) : undefined;
}

const calledName = (node: Node): string =>
  Node.isCallExpression(node) ? (node.getExpression().getText().split('.').at(-1) ?? '') : '';

/** Whether a node is the value itself, not something that computes it. */
function isWritten(node: Node): boolean {
  if (textOfNode(node) !== undefined || Node.isNumericLiteral(node) || Node.isPrefixUnaryExpression(node)) return true;
  if (Node.isObjectLiteralExpression(node) || Node.isArrayLiteralExpression(node) || Node.isNullLiteral(node))
    return true;
  if (Node.isCallExpression(node)) return isHeraCall(node);
  return Node.isTrueLiteral(node) || Node.isFalseLiteral(node);
}

/** A call of what `hera` exports is a spelling of the value. */
function isHeraCall(node: Node): boolean {
  if (!Node.isCallExpression(node)) return false;
  const [name] = node.getExpression().getText().split('.');
  return node
    .getSourceFile()
    .getImportDeclarations()
    .filter((one) => one.getModuleSpecifierValue() === 'hera')
    .some((one) =>
      one.getNamedImports().some((named) => (named.getAliasNode()?.getText() ?? named.getName()) === name),
    );
}

/** The node without what changes nothing, to tell whether a variable was followed. */
const unwrappedOnly = (node: Node): Node => resolved(node, 0);
