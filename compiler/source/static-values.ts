import { type ArrayLiteralExpression, Node, type ObjectLiteralExpression } from 'ts-morph';

// What a TypeScript file says without being run: where variables, spreads and computed names lead, as far as they are written in this file.

/** How far a chain of variables is followed; `const a = a` has no end. */
const MOST_STEPS = 20;

/** A name and its value; `via` is the spread or variable that brought it here. */
export type Member = Readonly<{ key: Node; value: Node; via?: Node | undefined }>;

/** The node that a variable or a member of one stands for; `(x)`, `x as T`, `x satisfies T` and `x!` are x. Itself when it leads out of the file. */
export function resolved(node: Node, steps = MOST_STEPS): Node {
  if (
    Node.isAsExpression(node) ||
    Node.isSatisfiesExpression(node) ||
    Node.isParenthesizedExpression(node) ||
    Node.isNonNullExpression(node) ||
    Node.isTypeAssertion(node)
  )
    return resolved(node.getExpression(), steps);
  if (steps === 0) return node;
  if (Node.isIdentifier(node)) {
    const value = constantOf(node);
    return value ? resolved(value, steps - 1) : node;
  }
  if (Node.isPropertyAccessExpression(node)) {
    const object = resolved(node.getExpression(), steps - 1);
    const member = Node.isObjectLiteralExpression(object) ? memberOf(object, node.getName(), steps - 1) : undefined;
    return member ? resolved(member.value, steps - 1) : node;
  }
  return node;
}

/** What a `const` at the top of the file is. */
function constantOf(node: Node): Node | undefined {
  const name = node.getText();
  for (const statement of node.getSourceFile().getVariableStatements()) {
    if (statement.getDeclarationKind() !== 'const') continue;
    for (const one of statement.getDeclarations()) if (one.getName() === name) return one.getInitializer();
  }
  return undefined;
}

/** Thousands of mistakes of one list or record are looked up one after the other: it is read once for them. */
const members = new WeakMap<Node, ReadonlyMap<string, Member>>();
const elements = new WeakMap<Node, readonly Member[]>();

/** A member of an object literal, the last of its name, also one that a spread of this file brings. */
export function memberOf(object: ObjectLiteralExpression, name: string, steps = MOST_STEPS): Member | undefined {
  const known = members.get(object) ?? membersOf(object, steps);
  members.set(object, known);
  return known.get(name);
}

function membersOf(object: ObjectLiteralExpression, steps: number): ReadonlyMap<string, Member> {
  const found = new Map<string, Member>();
  for (const property of object.getProperties()) {
    if (Node.isSpreadAssignment(property)) {
      const spread = steps > 0 ? resolved(property.getExpression(), steps - 1) : undefined;
      if (Node.isObjectLiteralExpression(spread))
        for (const [name, member] of membersOf(spread, steps - 1)) found.set(name, { ...member, via: property });
    } else if (Node.isShorthandPropertyAssignment(property))
      found.set(property.getName(), { key: property.getNameNode(), value: property.getNameNode() });
    else {
      const name = nameOf(property.getNameNode(), steps);
      const value = Node.isPropertyAssignment(property) ? (property.getInitializer() ?? property) : property;
      if (name !== undefined) found.set(name, { key: property.getNameNode(), value });
    }
  }
  return found;
}

/** The elements of a list, those of spread lists too; after a spread of unknown length nobody knows which is which. */
export function elementsOf(list: ArrayLiteralExpression, steps = MOST_STEPS): readonly Member[] {
  const known = elements.get(list) ?? readElements(list, steps);
  elements.set(list, known);
  return known;
}

function readElements(list: ArrayLiteralExpression, steps: number): readonly Member[] {
  const found: Member[] = [];
  for (const element of list.getElements()) {
    if (!Node.isSpreadElement(element)) {
      found.push({ key: element, value: element });
      continue;
    }
    const spread = steps > 0 ? resolved(element.getExpression(), steps - 1) : undefined;
    if (!Node.isArrayLiteralExpression(spread)) return found;
    found.push(...elementsOf(spread, steps - 1).map((one) => ({ ...one, via: element })));
  }
  return found;
}

function nameOf(node: Node, steps: number): string | undefined {
  if (Node.isComputedPropertyName(node)) return staticText(node.getExpression(), steps);
  return textOfNode(node) ?? (Node.isNumericLiteral(node) ? String(node.getLiteralValue()) : node.getText());
}

/** A text that can be told without running anything. */
function staticText(node: Node, steps: number): string | undefined {
  const value = resolved(node, steps);
  const written = textOfNode(value);
  if (written !== undefined || steps <= 0) return written;
  if (Node.isTemplateExpression(value)) {
    const parts = value.getTemplateSpans().map((span) => {
      const inner = staticText(span.getExpression(), steps - 1);
      return inner === undefined ? undefined : inner + span.getLiteral().getLiteralText();
    });
    return parts.includes(undefined) ? undefined : value.getHead().getLiteralText() + parts.join('');
  }
  if (!Node.isBinaryExpression(value) || value.getOperatorToken().getText() !== '+') return undefined;
  const [left, right] = [staticText(value.getLeft(), steps - 1), staticText(value.getRight(), steps - 1)];
  return left === undefined || right === undefined ? undefined : left + right;
}

/** The value of a literal text; undefined for anything else. */
export const textOfNode = (node: Node): string | undefined =>
  Node.isStringLiteral(node) || Node.isNoSubstitutionTemplateLiteral(node) ? node.getLiteralText() : undefined;
